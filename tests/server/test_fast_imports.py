"""The start of the server: the code that attrs compiles is kept, and nothing depends on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import builtins, sys
compiled = []
compile_ = builtins.compile
def counting(source, filename, *rest, **options):
    compiled.append(filename)
    return compile_(source, filename, *rest, **options)
builtins.compile = counting
from duckflux_ls.app.fast_imports import import_types
import_types()
from lsprotocol import types
assert types.Position(1, 2) < types.Position(1, 3) and "compile" not in vars(sys.modules["attr._make"])
print(sum("attrs generated" in str(name) for name in compiled))
"""


@pytest.fixture
def start(tmp_path: Path):
    """Import the types in a new process: how many of attrs' texts it compiled."""

    def run(**environment: str) -> int:
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env = clean | {"PYTHONPYCACHEPREFIX": str(tmp_path)} | environment
        command = [sys.executable, "-c", PROGRAM]
        return int(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)

    return run


def kept(folder: Path) -> list[Path]:
    return [*folder.rglob("fast_imports*.types")]


def test_a_second_start_compiles_none_of_the_types(start) -> None:
    first = start()
    assert first > 500
    assert start() < first - 500


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xe9\x03\x00\x00\x00"])
def test_a_broken_file_is_written_anew(start, tmp_path: Path, content: bytes) -> None:
    start()
    (file,) = kept(tmp_path)
    file.write_bytes(content)
    assert start() > 500
    assert start() < 500


def test_nothing_is_written_where_python_may_not_write(start, tmp_path: Path) -> None:
    assert start(PYTHONDONTWRITEBYTECODE="1") > 500
    assert kept(tmp_path) == []
