"""Writes JSON traces: complete snapshots that replace the file, and a journal beside it (docs/traces.md).

Of a finished step only the offset of its line in the journal is kept in memory.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from ..journal import Journal
from ..model import Execution, Step, Trace
from ..private_files import make_folder, replace_atomically

_MIN_PAUSE = 0.1
_COST_FACTOR = 10
# A snapshot is written in slices, so that the journal never waits for long.
_SLICE_SECONDS = 0.02
_SLICE_BYTES = 256 * 1024
_READ_BUFFER = 256 * 1024
_UNFINISHED = 0


class JsonWriter:
    """Writes `<directory>/<id>.json`."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._clock = clock
        # By seq. Offset 0 is that of the execution's line, so it can mean "unfinished".
        self._offsets = array("Q", (_UNFINISHED,))
        self._stale = False
        self._next_snapshot = 0.0
        self._snapshot: Iterator[None] | None = None
        self._cost = 0.0
        self._execution: Execution
        self._path: Path
        self._journal: Journal

    def open(self, execution: Execution) -> None:
        make_folder(self._directory)
        self._execution = execution
        # A durable run begins anew where another program goes on with it.
        self._offsets = array("Q", (_UNFINISHED,))
        self._path = self._directory / f"{execution.id}.json"
        self._journal = Journal(self._path)
        self._journal.write(execution)
        self._journal.flush()
        self._begin_snapshot()
        self._advance()

    def step(self, step: Step) -> None:
        offset = self._journal.write(step)
        if step.status == "running":
            return
        if step.seq >= len(self._offsets):
            self._offsets.extend((_UNFINISHED,) * (step.seq + 1 - len(self._offsets)))
        self._offsets[step.seq] = offset
        self._stale = True

    def flush(self) -> None:
        self._journal.flush()
        if self._snapshot is None and self._stale and self._clock() >= self._next_snapshot:
            self._begin_snapshot()
        if self._snapshot is not None:
            self._advance(_SLICE_SECONDS)

    def close(self, execution: Execution) -> None:
        self._execution = execution
        self._journal.write(execution)
        self._journal.flush()
        self._begin_snapshot()
        self._advance()
        self._journal.remove()

    def _begin_snapshot(self) -> None:
        self._stale = False
        self._cost = 0.0
        self._snapshot = _replace(self._path, msgspec.json.encode(self._execution), self._lines())

    def _advance(self, seconds: float = math.inf) -> None:
        """Continue the snapshot for a number of seconds."""
        begin = self._clock()
        for _ in self._snapshot or ():
            if self._clock() - begin > seconds:
                self._cost += self._clock() - begin
                return
        end = self._clock()
        self._snapshot = None
        self._next_snapshot = end + max(_MIN_PAUSE, _COST_FACTOR * (self._cost + end - begin))

    def _lines(self) -> Iterator[bytes]:
        """Yield the finished steps, in the order of their starts."""
        with self._journal.path.open("rb", buffering=_READ_BUFFER) as journal:
            for offset in self._offsets:
                if offset != _UNFINISHED:
                    journal.seek(offset)
                    yield journal.readline()[:-1]


def write_trace(path: Path, trace: Trace) -> None:
    """Write a whole trace at once. Raises OSError."""
    encode = msgspec.json.Encoder().encode
    for _ in _replace(path, encode(trace.execution), map(encode, trace.steps)):
        pass


def _replace(path: Path, execution: bytes, steps: Iterable[bytes]) -> Iterator[None]:
    """Write a file aside and replace `path` by it; yields after each slice."""
    with replace_atomically(path) as file:
        file.write(b'{"execution": ' + execution + b',\n"steps": [')
        separator = b"\n"
        since_pause = 0
        for step in steps:
            file.write(separator)
            file.write(step)
            separator = b",\n"
            since_pause += len(step)
            if since_pause > _SLICE_BYTES:
                yield
                since_pause = 0
        file.write(b"]}\n" if separator == b"\n" else b"\n]}\n")
