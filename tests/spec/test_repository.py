import os
import subprocess

import pytest

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.project.repository import inspect


def refusal(project):
    with pytest.raises(ScaffoldError) as caught:
        inspect(str(project))
    return str(caught.value).replace(str(project), "PROJECT")


def test_head_and_files_are_gits(git_repo):
    root = git_repo({"b.py": "", "a/c.py": "", "a-b.py": ""})
    (root / "untracked.py").write_text("")
    repository = inspect(str(root))
    assert repository.root == str(root)
    assert repository.files == ("a-b.py", "a/c.py", "b.py")
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True
    )
    assert repository.head == head.stdout.strip()


def test_file_names_may_be_any_bytes(git_repo):
    root = git_repo({"a.py": ""})
    odd = b"caf\xe9 \"q\" 'x'\nnew\t\xff.py"
    with open(os.path.join(os.fsencode(root), odd), "wb") as stream:
        stream.write(b"x = 1\n")
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    subprocess.run(["git", "commit", "-qm", "odd"], cwd=root, check=True)
    assert inspect(str(root)).files == ("a.py", os.fsdecode(odd))


@pytest.mark.parametrize("name", ["with space", "quote'\"", "new\nline", "-dash", "$(id)", "é"])
def test_the_project_may_have_any_name(git_repo, name):
    root = git_repo({"a.py": "x = 1\n"}, name=name)
    repository = inspect(str(root))
    assert (repository.root, repository.files) == (str(root), ("a.py",))


def test_a_link_to_the_project_is_the_project(git_repo, tmp_path):
    root = git_repo({"a.py": ""})
    (tmp_path / "link").symlink_to(root)
    assert inspect(str(tmp_path / "link")).root == str(root)


def test_a_relative_path_is_taken_from_here(git_repo, monkeypatch):
    root = git_repo({"a.py": ""})
    monkeypatch.chdir(root)
    assert inspect(".").root == str(root)


def test_variables_of_a_git_hook_do_not_mislead(git_repo, monkeypatch):
    root = git_repo({"a.py": ""})
    other = git_repo({"b.py": ""}, name="other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert inspect(str(root)).files == ("a.py",)


def test_nothing_the_project_configures_is_executed(git_repo):
    root = git_repo({"a.py": "raise SystemExit\n", "setup.py": "open('ran', 'w')\n"})
    spy = root / "spy.sh"
    spy.write_text(f"#!/bin/sh\ntouch '{root}/ran'\n")
    spy.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "filter.x.clean", "alias.ls-files"):
        subprocess.run(["git", "config", key, str(spy)], cwd=root, check=True)
    hooks = root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction"):
        (hooks / hook).symlink_to(spy)
    (root / ".gitattributes").write_text("* filter=x\n")
    os.utime(root / "a.py", (1, 1))
    inspect(str(root))
    assert not (root / "ran").exists()


def test_a_submodule_is_listed_and_not_entered(git_repo):
    inner = git_repo({"deep.f90": "end\n"}, name="inner")
    root = git_repo({"a.py": "x = 1\n"})
    subprocess.run(
        ["git", "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    subprocess.run(["git", "commit", "-qm", "sub"], cwd=root, check=True)
    repository = inspect(str(root))
    assert repository.files == (".gitmodules", "a.py", "sub")
    assert repository.language == "python"


def test_a_file_in_conflict_is_listed_once(git_repo):
    root = git_repo({"a.py": "1\n"})

    def git(*words, check=True):
        subprocess.run(["git", *words], cwd=root, check=check, capture_output=True)

    git("checkout", "-qb", "other")
    (root / "a.py").write_text("2\n")
    git("commit", "-qam", "2")
    git("checkout", "-q", "main")
    (root / "a.py").write_text("3\n")
    git("commit", "-qam", "3")
    git("merge", "other", check=False)
    assert inspect(str(root)).files == ("a.py",)


def test_tracked_files_that_are_gone_or_special_do_no_harm(git_repo):
    root = git_repo({"pyproject.toml": "[project]\nname='x'\n", "setup.py": "", "bin/run": "#!"})
    (root / "pyproject.toml").unlink()
    (root / "setup.py").unlink()
    (root / "setup.py").symlink_to("/dev/zero")
    (root / "bin/run").unlink()
    os.mkfifo(root / "bin/run")
    assert inspect(str(root)).package == "project"


def test_a_link_out_of_the_project_is_not_read(git_repo, tmp_path):
    (tmp_path / "outside.toml").write_text('[project]\nname = "outside"\n')
    root = git_repo({"pkg/__init__.py": "x = 1\n"})
    (root / "pyproject.toml").symlink_to(tmp_path / "outside.toml")
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    assert inspect(str(root)).package == "pkg"


def test_a_worktree_is_a_project(git_repo, tmp_path):
    root = git_repo({"a.py": ""})
    subprocess.run(["git", "worktree", "add", "-q", "../tree"], cwd=root, check=True)
    assert inspect(str(tmp_path / "tree")).root == str(tmp_path / "tree")


def test_an_empty_commit_has_no_language(git_repo):
    repository = inspect(str(git_repo()))
    assert (repository.files, repository.language, repository.source_globs) == ((), "generic", ())


def test_a_missing_directory_is_refused(tmp_path):
    assert refusal(tmp_path / "none") == "PROJECT: no such directory\nCheck the path."


def test_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / "file") == (
        "PROJECT: this is not a directory\nName the project's directory."
    )


def test_a_name_with_a_nul_is_refused():
    assert "cannot be opened" in refusal("a\0b")


def test_a_plain_directory_is_refused(tmp_path):
    assert refusal(tmp_path) == (
        "PROJECT: this is not a git repository\n"
        "Make it one: git init && git add -A && git commit -m 'Start'"
    )


def test_a_repository_without_commits_is_refused(git_repo):
    root = git_repo({"a.py": "", "HEAD": ""}, commit=False)
    assert refusal(root) == (
        "PROJECT: the repository has no commit yet\n"
        "Commit the code first (git add -A && git commit): "
        "every candidate is measured against a commit."
    )


def test_a_bare_repository_is_refused(tmp_path):
    subprocess.run(["git", "init", "-q", "--bare", "bare"], cwd=tmp_path, check=True)
    assert refusal(tmp_path / "bare") == (
        "PROJECT: this is a bare repository: there are no files to optimise\n"
        "Clone it (git clone) and name the clone."
    )


def test_a_part_of_a_repository_is_refused_with_its_top_level(git_repo):
    root = git_repo({"src/a.py": ""})
    assert refusal(root / "src") == (
        f"PROJECT: this is a part of the git repository {root}\n"
        "Name the repository's top level: FermiLink works on the whole of it."
    )


def test_the_inside_of_dot_git_is_refused(git_repo):
    root = git_repo({"a.py": ""})
    assert refusal(root / ".git").startswith("PROJECT: git refuses: this operation must be run")


def test_a_directory_without_permission_is_refused(git_repo, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert refusal(git_repo({"a.py": ""})) == (
        "PROJECT: no permission to read the directory\nCheck its mode and owner."
    )


def test_a_repository_of_somebody_else_is_refused_in_gits_words(git_repo, monkeypatch):
    root = git_repo({"a.py": ""})
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert refusal(root) == (
        "PROJECT: git refuses: detected dubious ownership in repository at 'PROJECT'\n"
        "To add an exception for this directory, call: "
        "git config --global --add safe.directory PROJECT"
    )


def test_a_broken_index_is_refused_in_gits_words(git_repo):
    root = git_repo({"a.py": ""})
    (root / ".git/index").write_bytes(b"not an index, and longer than its header")
    assert refusal(root).startswith("PROJECT: git refuses: ")


def test_without_git_the_message_says_so(git_repo, monkeypatch):
    root = git_repo({"a.py": ""})
    monkeypatch.setenv("PATH", str(root))
    assert refusal(root) == (
        "git is not installed, or not on PATH\n"
        "Install git; a campaign keeps every candidate as a commit."
    )


def test_few_files_are_opened_and_git_runs_twice_however_large_the_repository(
    git_repo, monkeypatch
):
    files = {
        f"src/d{number // 100}/f{number}.{suffix}": "x\n"
        for number in range(400)
        for suffix in ("py", "h", "inc", "c", "cpp", "txt")
    }
    files |= {f"bin/tool{number}": "#!/bin/sh\n" for number in range(300)}
    root = git_repo(files)
    opened, started = [], []
    real_open, real_popen = os.open, subprocess.Popen
    monkeypatch.setattr(os, "open", lambda *args: opened.append(args) or real_open(*args))
    monkeypatch.setattr(
        subprocess,
        "Popen",
        lambda *args, **kwargs: started.append(args) or real_popen(*args, **kwargs),
    )
    assert inspect(str(root)).language == "c"
    assert (len(started), len(opened) < 150) == (2, True)
