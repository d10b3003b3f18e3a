"""Which files are workflows, by their names, and whether they have changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

TEST_SUFFIXES = (".ducktest.yaml", ".ducktest.yml")
WORKFLOW_SUFFIXES = (".duck.yaml", ".duck.yml", ".flow.yaml")
_LEFT_OUT = ("node_modules", "__pycache__", "venv")


Stamp: TypeAlias = tuple[int, int]
"""When a file was written, and its size: another stamp means another text."""


def stamp(path: Path) -> Stamp | None:
    """The stamp of a file; None for one that is not there."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def is_workflow_name(name: str) -> bool:
    """Whether a file of this name is a workflow."""
    return name.endswith(WORKFLOW_SUFFIXES)


def is_test_name(name: str) -> bool:
    """Whether a file of this name holds tests of a workflow."""
    return name.endswith(TEST_SUFFIXES)


def workflow_files(folder: Path) -> Iterator[Path]:
    """The workflow files in a folder and the folders below, in order. Hidden folders, and those that hold other
    people's files, are left out; so is what can't be read."""
    return _files(folder, is_workflow_name)


def test_files(folder: Path) -> Iterator[Path]:
    """The files with tests of workflows, in the same folders and order."""
    return _files(folder, is_test_name)


def holds(folder: Path, path: Path) -> bool:
    """Whether a file of this path is among the workflow files of a folder, once it is there."""
    if not is_workflow_name(path.name) or folder not in path.parents:
        return False
    return not any(map(_is_left_out, path.relative_to(folder).parts[:-1]))


def _files(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[Path]:
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_left_out(name))
        yield from (Path(path, name) for name in sorted(names) if is_wanted(name))


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name in _LEFT_OUT
