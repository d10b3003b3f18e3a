"""The JSON trace: complete snapshots renamed over the file, and an append-only journal beside it (section 7).

A finished step is kept as its JSON line, so memory grows by bytes and a snapshot is little more than a write.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import BinaryIO

import msgspec

from duckflux.runtime.events import Event, encode

from ..journal import create_private, journal_of, lock
from ..model import Execution, Step, Trace

_MIN_PAUSE = 0.1
_COST_FACTOR = 10


class JsonWriter:
    """Writes `<directory>/<id>.json`. Folders are made for the owner only, files are theirs only."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._encoder = msgspec.json.Encoder()
        self._steps: dict[int, bytes] = {}
        self._lines: list[bytes] = []
        self._stale = False
        self._next_snapshot = 0.0
        self._execution: Execution
        self._path: Path
        self._journal: BinaryIO

    def open(self, execution: Execution) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._execution = execution
        self._path = self._directory / f"{execution.id}.json"
        self._journal = create_private(journal_of(self._path))
        lock(self._journal)
        self._snapshot()

    def event(self, event: Event) -> None:
        self._lines.append(encode(event))

    def step(self, step: Step) -> None:
        self._steps[step.seq] = self._encoder.encode(step)
        self._stale = True

    def flush(self) -> None:
        if self._lines:
            self._journal.write(b"".join(self._lines))
            self._journal.flush()
            self._lines.clear()
        if self._stale and time.monotonic() >= self._next_snapshot:
            self._snapshot()

    def close(self, execution: Execution) -> None:
        self._execution = execution
        self.flush()
        self._snapshot()
        self._journal.close()
        journal_of(self._path).unlink()

    def _snapshot(self) -> None:
        begin = time.monotonic()
        _replace(self._path, self._encoder.encode(self._execution), self._steps)
        self._stale = False
        end = time.monotonic()
        self._next_snapshot = end + max(_MIN_PAUSE, _COST_FACTOR * (end - begin))


def write_trace(path: Path, trace: Trace) -> None:
    """Write a whole trace, in one go. Raises OSError."""
    encode_record = msgspec.json.Encoder().encode
    _replace(path, encode_record(trace.execution), {step.seq: encode_record(step) for step in trace.steps})


def _replace(path: Path, execution: bytes, steps: dict[int, bytes]) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with create_private(temporary) as file:
        file.writelines(_pieces(execution, steps))
    temporary.replace(path)


def _pieces(execution: bytes, steps: dict[int, bytes]) -> list[bytes]:
    pieces = [b'{"execution": ', execution, b',\n"steps": [']
    separator = b"\n"
    for seq in sorted(steps):
        pieces += (separator, steps[seq])
        separator = b",\n"
    pieces.append(b"\n]}\n" if steps else b"]}\n")
    return pieces
