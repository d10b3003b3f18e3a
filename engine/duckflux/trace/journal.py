"""Keeps a journal beside a trace while the run lasts: one line of JSON a record, locked by its writer.

A step may have a line from its start and one from its end, of which the last counts. So may the execution.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from ..files import TRACE_BYTES, open_regular_file
from .model import Execution, Step, Trace
from .private_files import create_file, temporary_path

_SUFFIX = ".journal"
_STEP = b'{"seq":'


def journal_path(path: Path) -> Path:
    """Return the path of a trace's journal."""
    return path.with_name(path.name + _SUFFIX)


def trace_path(journal: Path) -> Path | None:
    """Return the path of a journal's trace, None for a file that is not a journal."""
    return journal.with_suffix("") if journal.suffix == _SUFFIX else None


class Journal:
    """Writes the journal of the trace `path`. All methods raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = journal_path(path)
        self._encode = msgspec.json.Encoder().encode
        self._size = 0
        # Locked before anybody can see it: a journal without a lock belongs to an interrupted run.
        temporary = temporary_path(self.path)
        self._file = create_file(temporary)
        _lock(self._file, exclusive=True)
        temporary.replace(self.path)

    def write(self, record: Execution | Step) -> int:
        """Append a record and return the offset of its line."""
        line = self._encode(record)
        offset = self._size
        self._file.write(line)
        self._file.write(b"\n")
        self._size += len(line) + 1
        return offset

    def flush(self) -> None:
        """Write buffered lines to the file."""
        self._file.flush()

    def remove(self) -> None:
        """Remove the journal of a complete trace."""
        self._file.close()
        self.path.unlink()


class JournalPart(NamedTuple):
    """The execution, the last line of each step from an offset on, and the offset after the last whole line."""

    execution: Execution
    steps: tuple[Step, ...]
    end: int


def read_journal(journal: Path) -> Trace | None:
    """Return the trace in a journal, None if there is no journal or nothing in it yet."""
    part = read_journal_from(journal, 0)
    return None if part is None else Trace(part.execution, part.steps)


def read_journal_from(journal: Path, offset: int) -> JournalPart | None:
    """Return what was written after an offset, None if there is no journal or nothing in it yet."""
    execution: Execution | None = None
    steps: dict[int, Step] = {}
    decode_step = msgspec.json.Decoder(Step).decode
    decode_execution = msgspec.json.Decoder(Execution).decode
    end = offset
    with contextlib.suppress(OSError), open_regular_file(journal, TRACE_BYTES) as file:
        if offset:
            with contextlib.suppress(ValueError):
                execution = decode_execution(file.readline())
            file.seek(offset)
        for line in file:
            end += len(line) if line.endswith(b"\n") else 0
            # A last line without a newline is incomplete.
            with contextlib.suppress(ValueError):
                if line.startswith(_STEP):
                    step = decode_step(line)
                    steps[step.seq] = step
                elif line.endswith(b"\n"):
                    execution = decode_execution(line)
    if execution is None:
        return None
    return JournalPart(execution, tuple(steps[seq] for seq in sorted(steps)), end)


def read_journal_execution(journal: Path) -> Execution | None:
    """Return the execution in a journal without its steps, None if there is no journal or nothing in it yet."""
    decode = msgspec.json.Decoder(Execution).decode
    found: Execution | None = None
    with contextlib.suppress(OSError), open_regular_file(journal, TRACE_BYTES) as file:
        for line in file:
            if not line.startswith(_STEP) and line.endswith(b"\n"):
                with contextlib.suppress(ValueError):
                    found = decode(line)
    return found


def is_abandoned(journal: Path) -> bool:
    """Return whether nobody writes this journal any more, because its run was interrupted.

    It may take some milliseconds until an interruption shows.
    """
    try:
        with open_regular_file(journal, TRACE_BYTES) as file:
            return _lock(file, exclusive=False)
    except OSError:
        return False


@contextlib.contextmanager
def claim_abandoned(journal: Path) -> Iterator[bool]:
    """Lock an abandoned journal, so that nobody else recovers it; gives False if that is not possible."""
    try:
        with open_regular_file(journal, TRACE_BYTES) as file:
            yield _lock(file, exclusive=True)
    except FileNotFoundError:
        yield False


def _lock(journal: BinaryIO, *, exclusive: bool) -> bool:
    """Lock a journal while it is open, and return whether that worked.

    It does not if another process has the lock, or where locks are not supported.
    """
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(journal, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        return True
    return False
