"""The program starts itself in one way, which a one-file build knows too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from duckflux import own_command
from duckflux.runtime.process import marked_processes

from .architecture import SOURCES


def test_only_one_module_names_the_interpreter() -> None:
    files = (file for name, folder in SOURCES.items() for file in (folder / name).rglob("*.py"))
    naming = [file.name for file in files if "sys.executable" in file.read_text("utf-8")]
    assert naming == [Path(own_command.__file__).name]


def test_a_one_file_build_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_command, "IS_ONE_FILE", True)
    assert own_command.module_command("duckflux.dap") == (sys.executable, "--run-module", "duckflux.dap")
    guard = (sys.executable, "--run-module", "duckflux.runtime.process.marked_processes")
    assert own_command.bare_module_command(marked_processes) == guard
