from __future__ import annotations

import pytest
from runner.harness import Workbench, runner_module


@pytest.fixture(scope="session")
def runner():
    """The runner as a module, for its pure functions."""
    return runner_module()


@pytest.fixture
def bench(tmp_path):
    """A project whose path is awkward."""
    root = tmp_path / 'it\'s a "pröject" $(x)'
    root.mkdir()
    return Workbench(str(root))
