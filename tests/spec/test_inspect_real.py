"""Inspection and survey of source distributions that nobody here wrote."""

import subprocess
import sys
import tarfile

import pytest

from fermilink_scaffold.spec.project.repository import inspect
from fermilink_scaffold.spec.survey.analysis import survey

pytestmark = pytest.mark.real


@pytest.fixture
def sdist(tmp_path):
    """Download and unpack a source distribution as a committed repository."""

    def fetch(name):
        download = subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, name],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        archives = list(tmp_path.glob("*.tar.gz"))
        if not archives:
            pytest.skip(f"{name} cannot be downloaded: {download.stderr.strip()[-200:]}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(tmp_path, filter="data")
        root = next(path for path in tmp_path.iterdir() if path.is_dir())
        for words in (["init", "-q"], ["add", "-A", "-f"], ["commit", "-qm", "sdist"]):
            subprocess.run(["git", *words], cwd=root, check=True)
        return str(root)

    return fetch


@pytest.mark.parametrize(
    ("name", "build", "tests", "scope", "compiled"),
    [
        (
            "bottleneck",
            "python setup.py build_ext --inplace",
            "python -m pytest bottleneck/tests",
            "bottleneck/**",
            True,
        ),
        ("mpmath", "python -m pip install -e .", "python -m pytest", "mpmath/**", False),
        (
            "slycot",
            "python -m pip install --no-build-isolation -e .",
            "python -m pytest",
            "slycot/**",
            True,
        ),
    ],
)
def test_a_real_package(sdist, name, build, tests, scope, compiled):
    repository = inspect(sdist(name))
    assert (
        repository.language,
        repository.package,
        repository.build_commands,
        repository.source_globs,
        repository.compiled,
    ) == ("python", name, (build,), (scope,), compiled)
    assert repository.test_commands in {(tests,), ("python -m pytest",)}
    seen = survey(repository, repository.source_globs)
    assert seen["problems"] == []
    assert any("tests" in function for function in seen["functions"])
