"""Keeps of a live run what somebody who begins to watch late has to know, within bounds and without values."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from ..runtime.events import (
    UNSET,
    ConditionChecked,
    Event,
    ExecutionStarted,
    OutputChunk,
    StepFinished,
    StepStarted,
)

_MAX_EVENTS = 20_000
_MAX_LOGS = 100
_MAX_LOG = 64 * 1024


class _Log:
    """The last output of one step."""

    def __init__(self) -> None:
        self.chunks: deque[OutputChunk] = deque()
        self._size = 0

    def add(self, chunk: OutputChunk) -> None:
        self.chunks.append(chunk)
        self._size += len(chunk.text)
        while self._size > _MAX_LOG and len(self.chunks) > 1:
            self._size -= len(self.chunks.popleft().text)


class History:
    """The events of a run so far. `omitted` counts those that are no longer kept."""

    def __init__(self) -> None:
        self.started: ExecutionStarted | None = None
        self.running: dict[int, StepStarted] = {}
        self._events: deque[Event] = deque()
        self._logs: dict[int, _Log] = {}
        self._checked: dict[int, ConditionChecked] = {}
        self.omitted = 0

    def add(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case OutputChunk():
                self._log_of(event.seq).add(event)
                return
            case StepStarted():
                event = event if event.input is UNSET else msgspec.structs.replace(event, input=UNSET)
                self.running[event.seq] = event
            case ConditionChecked():
                # Only the last ones count, and a wait may check its condition without end.
                self._checked[event.seq] = event
                return
            case StepFinished():
                self.running.pop(event.seq, None)
                self._checked.pop(event.seq, None)
                event = event if event.output is UNSET else msgspec.structs.replace(event, output=UNSET)
            case ExecutionStarted():
                # All begins anew where another worker goes on with a durable run.
                for kept in (self.running, self._events, self._logs, self._checked):
                    kept.clear()
                self.started, self.omitted = event, 0
        self._events.append(event)
        if len(self._events) > _MAX_EVENTS:
            self._events.popleft()
            self.omitted += 1

    def events(self, with_output: bool) -> Iterator[Event]:
        """Yield the events that are kept, without the values of steps, and the last output of the last steps."""
        if self.omitted and self.started is not None:
            yield self.started
            first = next((event.seq for event in self._events if isinstance(event, StepStarted)), 0)
            yield from (event for event in self.running.values() if event.seq < first)
        for event in self._events:
            if with_output and isinstance(event, StepFinished):
                yield from self._output(event.seq)
            yield event
        yield from self._checked.values()
        if with_output:
            for seq in self.running:
                yield from self._output(seq)

    def _output(self, seq: int) -> Iterator[OutputChunk]:
        if seq in self._logs:
            yield from self._logs[seq].chunks

    def _log_of(self, seq: int) -> _Log:
        log = self._logs.get(seq)
        if log is None:
            if len(self._logs) >= _MAX_LOGS:
                ended = (known for known in self._logs if known not in self.running)
                del self._logs[next(ended, next(iter(self._logs)))]
            log = self._logs[seq] = _Log()
        return log
