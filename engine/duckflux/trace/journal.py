"""The journal beside a trace: one line of JSON per record while the run lasts, locked by who writes it.

A step may have a line from when it began and one from its end; the last one counts. So may the execution.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from .model import Execution, Step, Trace
from .private_files import create_file, temporary_path

_SUFFIX = ".journal"
_STEP = b'{"seq":'


def journal_path(path: Path) -> Path:
    """The journal of a trace file."""
    return path.with_name(path.name + _SUFFIX)


def trace_path(journal: Path) -> Path | None:
    """The trace file of a journal; None for a file that is none."""
    return journal.with_suffix("") if journal.suffix == _SUFFIX else None


class Journal:
    """Writes the journal of the trace `path`. Any method may raise OSError."""

    def __init__(self, path: Path) -> None:
        self.path = journal_path(path)
        self._encode = msgspec.json.Encoder().encode
        self._size = 0
        # Locked before anybody can see it: a journal that nobody holds is that of a run that broke off.
        temporary = temporary_path(self.path)
        self._file = create_file(temporary)
        _lock(self._file, exclusive=True)
        temporary.replace(self.path)

    def write(self, record: Execution | Step) -> int:
        """Add a record; returns where in the file its line begins."""
        line = self._encode(record)
        offset = self._size
        self._file.write(line)
        self._file.write(b"\n")
        self._size += len(line) + 1
        return offset

    def flush(self) -> None:
        self._file.flush()

    def remove(self) -> None:
        """The trace file is complete."""
        self._file.close()
        self.path.unlink()


def read_journal(journal: Path) -> Trace | None:
    """The trace that a journal tells; None when there is none, or nothing in it yet."""
    execution: Execution | None = None
    steps: dict[int, Step] = {}
    decode_step = msgspec.json.Decoder(Step).decode
    decode_execution = msgspec.json.Decoder(Execution).decode
    with contextlib.suppress(OSError), journal.open("rb") as file:
        for line in file:
            # What follows the last newline was cut off while it was written.
            with contextlib.suppress(ValueError):
                if line.startswith(_STEP):
                    step = decode_step(line)
                    steps[step.seq] = step
                elif line.endswith(b"\n"):
                    execution = decode_execution(line)
    if execution is None:
        return None
    return Trace(execution, tuple(steps[seq] for seq in sorted(steps)))


def read_head(journal: Path) -> Execution | None:
    """The execution that a journal tells of, without its steps; None when there is none, or nothing in it yet."""
    decode = msgspec.json.Decoder(Execution).decode
    found: Execution | None = None
    with contextlib.suppress(OSError), journal.open("rb") as file:
        for line in file:
            if not line.startswith(_STEP) and line.endswith(b"\n"):
                with contextlib.suppress(ValueError):
                    found = decode(line)
    return found


def is_abandoned(journal: Path) -> bool:
    """Whether nobody writes this journal any more: its run broke off. May need some ms after that to say so."""
    try:
        with journal.open("rb") as file:
            return _lock(file, exclusive=False)
    except OSError:
        return False


@contextlib.contextmanager
def claim_abandoned(journal: Path) -> Iterator[bool]:
    """Hold a left journal, so that nobody else folds it; gives False when it is not to be had."""
    try:
        with journal.open("rb") as file:
            yield _lock(file, exclusive=True)
    except FileNotFoundError:
        yield False


def _lock(journal: BinaryIO, *, exclusive: bool) -> bool:
    """Lock a journal for as long as it is open. False when another process has it, or locks don't work here."""
    with contextlib.suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(journal, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        return True
    return False
