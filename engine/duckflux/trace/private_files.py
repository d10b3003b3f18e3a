"""Files and folders that only their owner may read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_BUFFER = 128 * 1024


def make_folder(folder: Path) -> None:
    """Make a folder, with the parents it lacks. Those that exist stay as they are. Raises OSError."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)


def create_file(path: Path) -> BinaryIO:
    """A new or emptied file. Raises OSError."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb", _BUFFER)  # noqa: PTH123


@contextlib.contextmanager
def replace_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file to write aside, which takes the place of `path` when it is complete. Raises OSError."""
    temporary = temporary_path(path)
    try:
        with create_file(temporary) as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_path(path: Path) -> Path:
    """Where a file is written before it takes its place."""
    return path.with_name(f".{path.name}.tmp")
