"""Recovers JSON and text traces from the journals that interrupted runs leave."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from ..journal import claim_abandoned, is_abandoned, journal_path
from ..model import Trace


def is_being_written(path: Path) -> bool:
    """Return whether a run is writing this file now."""
    journal = journal_path(path)
    return journal.is_file() and not is_abandoned(journal)


def recover_journal(path: Path, trace: Trace, write: Callable[[Path, Trace], None]) -> None:
    """Write the trace read from an abandoned journal to its file, and remove the journal.

    Where that is not possible, as for who may only read, the journal stays for others.
    """
    journal = journal_path(path)
    with contextlib.suppress(OSError), claim_abandoned(journal) as mine:
        if mine:
            write(path, trace)
            journal.unlink(missing_ok=True)
