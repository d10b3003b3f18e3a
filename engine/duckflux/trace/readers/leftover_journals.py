"""What a run leaves beside a JSON or text trace: its journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..journal import is_left, journal_of, taken_over
from ..model import Trace
from .error import TraceError


def is_held(path: Path) -> bool:
    """Whether a run writes this file now."""
    journal = journal_of(path)
    return journal.exists() and not is_left(journal)


def fold_journal(path: Path, trace: Trace, write: Callable[[Path, Trace], None]) -> None:
    """Write the trace that was read from a left journal in its place. Raises TraceError."""
    journal = journal_of(path)
    try:
        with taken_over(journal) as mine:
            if mine:
                write(path, trace)
                journal.unlink(missing_ok=True)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
