"""The journal beside a JSON trace: one line per event while the run lasts, locked by who writes it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

from duckflux.runtime.events import decode

from .model import Builder, Trace, apply

_SUFFIX = ".journal"


def journal_of(path: Path) -> Path:
    """The journal of a JSON trace."""
    return path.with_name(path.name + _SUFFIX)


def create_private(path: Path) -> BinaryIO:
    """A new or emptied file that only its owner may read."""
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")  # noqa: PTH123


def lock(journal: BinaryIO) -> bool:
    """Lock a journal for as long as it is open. False when another process has it, or locks don't work here."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def read_journal(journal: Path) -> Trace | None:
    """The trace that a journal tells; None when there is none, or nothing in it yet."""
    try:
        lines = journal.read_bytes().split(b"\n")
    except OSError:
        return None
    builder = Builder()
    # What follows the last newline was cut off while it was written.
    for line in lines[:-1]:
        with contextlib.suppress(ValueError):
            apply(builder, decode(line))
    return builder.trace()


def is_left(journal: Path) -> bool:
    """Whether nobody writes this journal any more: its run broke off. May need some ms after that to say so."""
    try:
        with journal.open("rb") as file:
            return lock(file)
    except OSError:
        return False
