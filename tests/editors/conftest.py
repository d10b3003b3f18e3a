"""Real editors, real server: collected only with DUCKFLUX_EDITOR_TESTS=1, after install.sh."""

import os
import shutil
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent

if not os.environ.get("DUCKFLUX_EDITOR_TESTS"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def server() -> str:
    """The `duckflux-ls` under test."""
    command = shutil.which("duckflux-ls", path=sysconfig.get_path("scripts"))
    if not command:
        pytest.skip("EDITOR TESTS NOT RUN: this Python has no duckflux-ls; install the project into it")
    return command


@pytest.fixture(scope="session")
def path(server: str) -> str:
    """A PATH on which an editor finds the server first."""
    return f"{Path(server).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def workflows(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "workflows", tmp_path / "workflows"))
