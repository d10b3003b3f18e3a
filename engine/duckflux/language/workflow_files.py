"""Find workflow files by their names, and detect changes of files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

TEST_SUFFIXES = (".ducktest.yaml", ".ducktest.yml")
WORKFLOW_SUFFIXES = (".duck.yaml", ".duck.yml", ".flow.yaml")
_SKIPPED_FOLDERS = ("node_modules", "__pycache__", "venv")


Stamp: TypeAlias = tuple[int, int]
"""When a file was written, and its size: another stamp means another text."""


def stamp(path: Path) -> Stamp | None:
    """Return the stamp of a file, or None if it does not exist."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def is_workflow_name(name: str) -> bool:
    """Return whether a file of this name is a workflow."""
    return name.endswith(WORKFLOW_SUFFIXES)


def is_test_name(name: str) -> bool:
    """Return whether a file of this name contains tests of a workflow."""
    return name.endswith(TEST_SUFFIXES)


def workflow_files(folder: Path) -> Iterator[Path]:
    """Yield the workflow files in a folder and the folders below, in order.

    Hidden folders, folders of dependencies, folders that cannot be read, pipes and devices are skipped.
    """
    return _files(folder, is_workflow_name)


def test_files(folder: Path) -> Iterator[Path]:
    """Yield the files with tests of workflows, in the same folders and order as `workflow_files`."""
    return _files(folder, is_test_name)


def contains_workflow(folder: Path, path: Path) -> bool:
    """Return whether `workflow_files(folder)` would yield a file with this path."""
    if not is_workflow_name(path.name) or folder not in path.parents:
        return False
    return not any(map(_is_skipped, path.relative_to(folder).parts[:-1]))


def _files(folder: Path, is_match: Callable[[str], bool]) -> Iterator[Path]:
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_skipped(name))
        found = (Path(path, name) for name in sorted(names) if is_match(name))
        # Opening a named pipe would wait for its writer.
        yield from (file for file in found if file.is_file())


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED_FOLDERS
