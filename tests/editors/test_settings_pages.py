"""The settings of docs/editors/zed.md and jetbrains.md, as far as they can be tested without these editors."""

import json
import re
import shlex
import subprocess
from fnmatch import fnmatch

import msgspec
import pytest
from duckflux.language.workflow_files import WORKFLOW_SUFFIXES
from duckflux_ls.session.settings import Settings

from .docs import blocks, page

pytestmark = pytest.mark.editor


def test_zed(path: str) -> None:
    (block,) = blocks("zed", "json")
    (server,) = json.loads(block)["lsp"].values()
    check([server["binary"]["path"], *server["binary"]["arguments"]], server["settings"], path)


def test_jetbrains(path: str) -> None:
    (block,) = blocks("jetbrains", "json")
    (command,) = re.findall(r"\| Command \| `(.*?)`", page("jetbrains"))
    check(shlex.split(command), json.loads(block), path)


def test_jetbrains_opens_every_workflow() -> None:
    (patterns,) = re.findall(r"\| File name patterns \| `(.*?)`", page("jetbrains"))
    for suffix in WORKFLOW_SUFFIXES:
        assert any(fnmatch(f"release{suffix}", pattern) for pattern in patterns.split(";")), suffix


def check(command: list[str], settings: dict[str, object], path: str) -> None:
    """Check that a command starts the server, and that it knows all settings."""
    program, *arguments = command
    assert arguments == ["--stdio"]
    ran = subprocess.run([program, "--version"], env={"PATH": path}, capture_output=True, check=True)
    assert ran.stdout.startswith(b"duckflux-ls")
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}
    assert list(settings) == ["duckflux"] and set(settings["duckflux"]) <= known
