"""What a run leaves beside a JSON or text trace: its journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..journal import claim_abandoned, is_abandoned, journal_path
from ..model import Trace
from .error import TraceError


def is_being_written(path: Path) -> bool:
    """Whether a run writes this file now."""
    journal = journal_path(path)
    return journal.exists() and not is_abandoned(journal)


def recover_journal(path: Path, trace: Trace, write: Callable[[Path, Trace], None]) -> None:
    """Write the trace that was read from a left journal in its place. Raises TraceError."""
    journal = journal_path(path)
    try:
        with claim_abandoned(journal) as mine:
            if mine:
                write(path, trace)
                journal.unlink(missing_ok=True)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
