"""Which packs serve a campaign: by name, alias, recognised repository, place."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import entry_points

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.packs import index as packs_index
from fermilink_scaffold.packs.entry_points import GROUP, in_directory
from fermilink_scaffold.templating.layers import user_directory

COMMAND = "a: `python src/solver.py --fast`"


def pack(name, **keys):
    lines = [f"name: {name}", *(f"{key}: {value}" for key, value in keys.items())]
    return "\n".join([*lines, f"defaults: {{env: {{FROM: {name}}}}}", ""])


def served(made):
    """The names of the packs whose defaults were used."""
    env = made.contract["runtime"]["env"]
    return env.get("FROM")


def user(write_pack, text, name, files=None):
    return write_pack(text, at=f"config/fermilink-scaffold/packs/{name}", files=files)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Install a distribution with a pack: `installed("dist", "module", pack_yaml)`."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def install(distribution, module, text, init="raise SystemExit('imported')\n"):
        info = site / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(
            f"[console_scripts]\nx = y:z\n\n[fermilink_scaffold.packs]\n{module} = {module}\n\n[other]\na = b\n"
        )
        root = site.joinpath(*module.split("."))
        root.mkdir(parents=True)
        (site / module.split(".")[0] / "__init__.py").write_text(init)
        if text is not None:
            (root / "pack.yaml").write_text(text)
        os.utime(site)
        return root

    return install


def test_a_users_pack_serves_its_package_and_aliases(scaffold, write_pack):
    user(write_pack, pack("sample", packages="[sample, other-name]"), "mine")
    assert served(scaffold(COMMAND)) == "sample"
    assert served(scaffold(COMMAND, package="Other Name")) == "sample"
    assert served(scaffold(COMMAND, package="third")) is None


def test_a_directory_of_templates_alone_serves_the_package_of_its_name(scaffold, user_packs):
    (user_packs / "sample").mkdir(parents=True)
    (user_packs / "sample" / "memory.md.j2").write_text("# mine\n")
    memory = next(file for file in scaffold(COMMAND).files if file.path.endswith("/memory.md"))
    assert memory.data == b"# mine\n"
    memory = next(
        file for file in scaffold(COMMAND, package="x").files if file.path.endswith("/memory.md")
    )
    assert memory.data != b"# mine\n"


def test_an_installed_pack_is_found_without_being_imported(scaffold, installed):
    installed("some_dist", "some_module.packs.one", pack("sample"))
    assert served(scaffold(COMMAND)) == "sample"
    assert not {"some_module", "some_module.packs"} & set(sys.modules)


def test_the_users_pack_lies_over_an_installed_one_key_by_key(scaffold, write_pack, installed):
    installed("some_dist", "some_module", pack("sample") + "  # nothing\nlauncher: [srun]\n")
    user(write_pack, "name: sample\ndefaults: {env: {FROM: mine, MORE: more}}\n", "sample")
    made = scaffold("a: `python src/solver.py --fast` on 4 MPI ranks")
    assert {key: made.contract["runtime"]["env"].get(key) for key in ("FROM", "MORE")} == {
        "FROM": "mine",
        "MORE": "more",
    }
    assert made.contract["cases"][0]["command"][0] == "srun"


def test_a_pack_can_be_named_or_switched_off(scaffold, write_pack):
    user(write_pack, pack("sample"), "one")
    user(write_pack, pack("special", packages="[special, odd]"), "two")
    assert served(scaffold(COMMAND, pack="special")) == "special"
    assert served(scaffold(COMMAND, pack="odd")) == "special"
    assert served(scaffold(COMMAND, pack="none")) is None
    with pytest.raises(ScaffoldError) as caught:
        scaffold(COMMAND, pack="missing")
    assert str(caught.value).startswith("there is no pack 'missing'\nThere are: ")


def recognising(name, rule):
    return pack(name, packages=f"[{name}-id, {name}]", detect=f"[{rule}]")


def test_a_recognised_repository_gives_the_package(scaffold, write_pack, tmp_path):
    from fermilink_scaffold.bootstrap import Request, compose

    scaffold(COMMAND)
    user(write_pack, recognising("known", "{files: [Makefile, 'src/*.py']}"), "known")
    flags = {"cases": {"a": "python src/solver.py"}}
    made = compose(Request(project=str(tmp_path / "project"), flags=flags))
    assert (made.campaign.package_id, served(made)) == ("known-id", "known")
    assert (
        "the repository is recognised by the pack 'known': the package is taken to be 'known-id'; "
        "--pack none uses no pack" in [note.text for note in made.campaign.review_notes]
    )


def test_a_package_that_no_pack_serves_keeps_its_name_in_a_recognised_repository(
    scaffold, write_pack
):
    user(write_pack, recognising("known", "{files: [Makefile]}"), "known")
    made = scaffold(COMMAND, package="thing")
    assert (made.campaign.package_id, served(made)) == ("thing", "known")


@pytest.mark.parametrize(
    "rule", ["{files: [Makefile, missing.txt]}", "{files: [Makefile], package: [other]}"]
)
def test_every_part_of_a_rule_must_hold(scaffold, write_pack, rule):
    user(write_pack, recognising("known", rule), "known")
    assert served(scaffold(COMMAND, package="thing")) is None


def test_one_pack_may_extend_another(scaffold, write_pack):
    user(write_pack, "name: base-pack\ndefaults: {env: {FROM: base, MORE: base}}\n", "zbase")
    user(write_pack, pack("sample", extends="base-pack"), "sample")
    env = scaffold(COMMAND).contract["runtime"]["env"]
    assert (env["FROM"], env["MORE"]) == ("sample", "base")


def refusal(scaffold, **flags):
    with pytest.raises(ScaffoldError) as caught:
        scaffold(COMMAND, **flags)
    return str(caught.value)


def test_a_circle_of_packs_is_refused(scaffold, write_pack):
    user(write_pack, pack("one", extends="sample"), "one")
    root = user(write_pack, pack("sample", extends="one"), "two")
    other = root.parent / "one"
    assert refusal(scaffold).startswith(
        f"{other}/pack.yaml:2: packs extend one another in a circle: sample -> one -> sample\n"
    )


def test_a_pack_that_extends_itself_alone_is_a_circle(scaffold, write_pack):
    root = user(write_pack, pack("sample", extends="sample"), "sample")
    assert refusal(scaffold).startswith(f"{root}/pack.yaml:2: packs extend one another in a circle")


def test_a_missing_pack_to_extend_is_refused(scaffold, write_pack):
    root = user(write_pack, pack("sample", extends="nowhere"), "sample")
    said = refusal(scaffold)
    assert said.startswith(f"{root}/pack.yaml:2: there is no pack 'nowhere' to extend\n")


def test_two_packs_for_one_package_in_one_place_are_refused(scaffold, write_pack):
    first = user(write_pack, pack("one", packages="[sample]"), "one")
    second = user(write_pack, pack("two", packages="[two, sample]"), "two")
    assert refusal(scaffold) == (
        f"{second}/pack.yaml:2: two packs serve the package 'sample': this one, the user pack two, "
        f"and the user pack one ({first})\n"
        "Remove one of them, or name the one you want: --pack one."
    )
    assert served(scaffold(COMMAND, pack="two")) == "two"


def test_two_installed_packs_for_one_package_are_refused(scaffold, installed):
    installed("dist_a", "mod_a", pack("one", packages="[sample]"))
    installed("dist_b", "mod_b", pack("two", packages="[sample]"))
    assert "two packs serve the package 'sample'" in refusal(scaffold)


def test_a_broken_pack_stops_only_those_who_want_it(scaffold, write_pack):
    root = user(write_pack, "name: [\n", "sample")
    assert refusal(scaffold).startswith(f"{root}/pack.yaml:2:1: is not valid YAML: ")
    made = scaffold(COMMAND, package="other")
    (note,) = (note.text for note in made.campaign.review_notes if "left out" in note.text)
    assert note.startswith("the user pack sample cannot be read and is left out: pack.yaml:2:1: ")


def test_a_pipe_is_no_pack(scaffold, user_packs):
    (user_packs / "sample").mkdir(parents=True)
    os.mkfifo(user_packs / "sample" / "pack.yaml")
    assert refusal(scaffold) == f"{user_packs}/sample/pack.yaml: is not a regular file"


def test_an_entry_point_that_leads_nowhere_is_told(scaffold, installed):
    installed("sample", "mod_a", None)
    assert "there is no pack.yaml in " in refusal(scaffold)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("packages: [sample]\n", "1:1: the file has no key 'name'"),
        ("name: sample\npackages: sample\n", "2:1: packages must be a list, not the text"),
        ("name: Sample Pack\n", "1:1: name must be small letters, digits, - and _"),
        ("name: sample\nworkload: []\n", "2:1: there is an unknown key 'workload'\nDid you mean"),
        ("name: sample\nname: two\n", "2:1: the key 'name' is here twice"),
        ('name: sample\nrequires: ">=7.0"\n', "2:1: this pack requires fermilink-scaffold >=7.0"),
        ("name: sample\nrequires: new\n", '2:1: requires is not of the form ">=0.1"'),
        (
            "name: sample\nvariables:\n  n: {type: integer, default: x, help: h}\n",
            "3:22: variables.n.default is not of the type integer: 'x'",
        ),
        (
            "name: sample\nvariables:\n  n: {type: text, default: x, help: h, choices: [y]}\n",
            "3:19: the default of variables.n is not one of its choices",
        ),
        (
            "name: sample\nworkloads:\n  - {examples: [a], pattern: '(', command: [x]}\n",
            "3:21: is not a regular expression: missing ), unterminated subpattern",
        ),
        (
            "name: sample\nworkloads:\n  - {examples: [a], pattern: '(?P<id>a)', command: [x]}\n",
            "3:21: 'id' is a name that every workload has",
        ),
        (
            "name: sample\nworkloads:\n  - {examples: [a], pattern: a, find: {b: c}, command: [x]}\n",
            "3:40: this expression has no group",
        ),
        (
            "name: sample\nworkloads:\n  - {pattern: a, command: [x]}\n",
            "3:5: workloads[0] has no key 'examples'",
        ),
        (
            "name: sample\nartifacts:\n  - {path: ../x, template: y}\n",
            "3:6: artifacts[0].path must be a relative path without ..",
        ),
        (
            "name: sample\nartifacts:\n  - {path: autogen/benchmark.yaml, template: y}\n",
            "3:6: autogen/benchmark.yaml is not a pack's to write",
        ),
        (
            "name: sample\nartifacts:\n  - {path: inputs/all/x, template: y}\n",
            "3:6: inputs/all/x is not a pack's to write",
        ),
        (
            "name: sample\nartifacts:\n  - {path: extra.txt, template: y}\n",
            "3: there is no template 'y'",
        ),
        (
            "name: sample\ndefaults: {tolerances: [{field: e, abs_delta: 1e-8}]}\n",
            "2:36: defaults.tolerances[0].abs_delta must be a number, not the text",
        ),
    ],
)
def test_what_is_wrong_with_a_pack_is_told_with_its_place(scaffold, write_pack, text, said):
    root = user(write_pack, text, "sample")
    assert refusal(scaffold).startswith(f"{root}/pack.yaml:{said}")


@pytest.mark.parametrize(
    "path",
    [
        ".git/HEAD",
        ".git/config",
        "autogen/cases/.GIT/config",
        ".gitattributes",
        "docs/.gitmodules",
        ".gitignore",
        ".git /config",
        ".git./config",
        " .git/config",
        "\u200c.git/config",
        "GIT~1/config",
        ".scaffold/seal.json",
        "docs/.hidden",
        "HEAD",
        "bare/head",
        "docs./x",
        "docs /x",
        "docs:x",
    ],
)
def test_no_artifact_has_a_hidden_name_or_one_of_gits(scaffold, write_pack, path):
    text = f"name: sample\nartifacts:\n  - path: {json.dumps(path)}\n    template: y\n"
    root = user(write_pack, text, "sample")
    said = refusal(scaffold)
    assert said.startswith(f"{root}/pack.yaml:3:5: "), said
    assert "begin with a dot" in said or "begins with a dot" in said, said


@pytest.mark.parametrize(
    "key",
    [
        "correctness.mode",
        "correctness.field_tolerances",
        "correctness",
        "cases",
        "cases.train-a.command",
        "split.train_case_ids",
        "runtime",
        "runtime.command",
        "runtime.pre_commands",
        "repo.editable_paths",
        "benchmark_id",
        "schema_version",
        "metrics.energy",
        "controller.reject_on",
        "controller.objective",
    ],
)
def test_no_pack_sets_what_is_right_or_what_is_measured(scaffold, write_pack, key):
    text = f"name: sample\ndefaults:\n  settings:\n    controller.measured_runs: 5\n    {key}: 1\n"
    root = user(write_pack, text, "sample")
    said = refusal(scaffold)
    assert said.startswith(f"{root}/pack.yaml:5:5: {key} is not a pack's to set: "), said


@pytest.mark.parametrize("path", ["Inputs/all/x", "AUTOGEN/Benchmark.yaml", "env/bin/python"])
def test_no_artifact_takes_a_place_of_ours_in_other_letters(scaffold, write_pack, path):
    text = f"name: sample\nartifacts:\n  - {{path: {path}, template: y}}\n"
    user(write_pack, text, "sample")
    assert f"{path.lower()} is not a pack's to write" in refusal(scaffold)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"grdi": "4"}, "--var: no pack has a variable 'grdi'\nDid you mean 'grid'?"),
        ({"grid": "7"}, "--var: the variable 'grid' cannot be '7'\nIt may be 3, 4."),
        (
            {"grid": "many"},
            "--var: the variable 'grid' must be of the type integer, not 'many'\nLevel.",
        ),
    ],
)
def test_what_is_wrong_with_a_variable_is_told(scaffold, write_pack, variables, said):
    variable = "{grid: {type: integer, default: 3, help: Level., choices: [3, 4]}}"
    user(write_pack, pack("sample", variables=variable), "sample")
    assert refusal(scaffold, variables=variables) == said


def test_a_pack_is_read_once_and_again_when_it_changes(scaffold, write_pack, monkeypatch):
    root = user(write_pack, pack("sample"), "sample")
    assert served(scaffold(COMMAND)) == "sample"
    from fermilink_scaffold.packs import load

    read = []
    original = load.read_pack_data
    monkeypatch.setattr(load, "read_pack_data", lambda root: read.append(root) or original(root))
    assert served(scaffold(COMMAND)) == "sample"
    assert read == []
    (root / "pack.yaml").write_text("name: sample\ndefaults: {env: {FROM: changed}}\n")
    assert served(scaffold(COMMAND)) == "changed"
    assert str(root) in read
    (root / "pack.yaml").write_text("name: other\ndefaults: {env: {FROM: other}}\n")
    assert served(scaffold(COMMAND)) is None
    assert served(scaffold(COMMAND, package="other")) == "other"


def test_without_a_cache_everything_works_all_the_same(scaffold, write_pack, monkeypatch):
    monkeypatch.setattr(packs_index, "cache_directory", lambda: None)
    user(write_pack, pack("sample"), "sample")
    assert served(scaffold(COMMAND)) == "sample"


def test_a_damaged_cache_is_passed_over(scaffold, write_pack, tmp_path):
    user(write_pack, pack("sample"), "sample")
    scaffold(COMMAND)
    for file in (tmp_path / "cache" / "fermilink-scaffold").glob("*.json"):
        file.write_text("[]")
    assert served(scaffold(COMMAND)) == "sample"


def test_no_absolute_path_of_a_pack_is_recorded(scaffold, write_pack, tmp_path):
    user(write_pack, pack("sample"), "sample")
    user(write_pack, "name: [", "broken")
    root = write_pack("name: given\n")
    made = scaffold(COMMAND, template_dirs=[str(root)])
    assert list(made.manifest.claims["packs"]) == ["user pack sample"]
    texts = [file.data.decode() for file in made.files] + [made.manifest.text()]
    assert not [text for text in texts if str(tmp_path) in text]


@pytest.mark.parametrize(
    ("platform", "variable", "place"),
    [
        ("linux", None, "~/.config"),
        ("linux", "relative", "~/.config"),
        ("linux", "/etc/mine", "/etc/mine"),
        ("darwin", None, "~/Library/Application Support"),
    ],
)
def test_the_users_directory_is_where_other_programs_have_theirs(
    monkeypatch, platform, variable, place
):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("XDG_CONFIG_HOME")
    if variable:
        monkeypatch.setenv("XDG_CONFIG_HOME", variable)
    assert user_directory() == os.path.join(os.path.expanduser(place), "fermilink-scaffold")


def test_entry_points_are_those_that_python_itself_sees(tmp_path, monkeypatch):
    texts = {
        "One_Pack-1.0.dist-info": "[a]\nx = y\n[fermilink_scaffold.packs]\n one = one_pack\n",
        "two.pack-2.0.dist-info": (
            "# all\n[fermilink_scaffold.packs]\n\n# some\ntwo=two.sub:thing [extra]\n"
            "second =  two.more\n\n[fermilink_scaffold.packs.other]\nz = z\n"
        ),
        "none-1.0.dist-info": "[console_scripts]\nfermilink_scaffold.packs = x:y\n",
    }
    for name, text in texts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "entry_points.txt").write_text(text)
        project = name.split("-")[0]
        (tmp_path / name / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    seen = sorted(point.module for point in entry_points(group=GROUP))
    assert sorted(module for _, module in in_directory(str(tmp_path))) == seen
    assert dict(in_directory(str(tmp_path)))["one_pack"] == "one_pack"
