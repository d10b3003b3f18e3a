"""Creates files and folders that only their owner can read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_BUFFER = 128 * 1024


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents; `.duckflux` ignores itself in version control. Raises OSError."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.name == ".duckflux":
        (folder / ".gitignore").write_text("*\n")


def create_file(path: Path) -> BinaryIO:
    """Open a new file for writing, in place of the one that had its name. Raises OSError."""
    # Never the file that a link at this name leads to: that would be overwritten.
    path.unlink(missing_ok=True)
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", _BUFFER)  # noqa: PTH123


@contextlib.contextmanager
def replace_atomically(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write aside, which replaces `path` when it is complete. Raises OSError."""
    temporary = temporary_path(path)
    try:
        with create_file(temporary) as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_path(path: Path) -> Path:
    """Return where a file is written before it replaces `path`."""
    return path.with_name(f".{path.name}.tmp")
