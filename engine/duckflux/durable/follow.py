"""Follows a durable run: passes on what it publishes, whoever has it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..runtime.clock import iso
from ..runtime.events import Event, ExecutionFinished, ExecutionStarted, StepFinished, StepStarted, decode
from ..runtime.events.stream import Listener
from ..trace.model import CANCELLED
from ..trace.view.timeline import parse_timestamp
from .portable import absolute_event
from .records import RunResult
from .store import OPEN_STATES, Client, RunInfo, RunState

_STATE_SECONDS = 0.5
# Without a worker for so long, somebody has to be told.
_WORKER_SECONDS = 5.0
_IDLE_STATES: tuple[RunState, ...] = ("waiting", "interrupted")
_NANOS_PER_MS = 1_000_000
NOT_CARRIED_OUT = "the run could not be carried out: see what its workers say"


async def follow(
    client: Client, id_: str, listeners: Sequence[Listener], unattended: Callable[[], None]
) -> RunInfo | None:
    """Return how a run ended, None if it is gone; `unattended` is called if nobody has it for long.

    Listeners get its events in order, from the begin, with paths that count from the current folder. Where
    another worker goes on with it, all of them come again, with what was done before marked as reused. Raises
    StoreError.
    """
    loop, folder = asyncio.get_running_loop(), os.getcwd()

    def read() -> None:
        for events in events_of(client, id_, folder):
            loop.call_soon_threadsafe(_notify, events, listeners)

    reading = asyncio.ensure_future(asyncio.to_thread(read))
    warning = asyncio.create_task(_warn_unattended(client, id_, unattended))
    try:
        await reading
    finally:
        warning.cancel()
    return await asyncio.to_thread(client.find, id_)


def events_of(client: Client, id_: str, folder: str) -> Iterator[list[Event]]:
    """Yield the events of a run from its begin to its end, as they come. Blocks. Raises StoreError.

    Their paths count from `folder`. A run that was cancelled publishes no end, because it belongs to nobody then:
    its last events are made up.
    """
    open_events = OpenEvents()
    for text in client.events(id_):
        events = [absolute_event(decode(line.encode()), folder) for line in text.splitlines() if line]
        open_events.add(events)
        yield events
    info = client.find(id_)
    if info is not None and (missing := open_events.ends(info)):
        yield missing


class OpenEvents:
    """Knows what has begun and not ended of a run that is followed."""

    def __init__(self) -> None:
        self._run: ExecutionStarted | None = None
        self._steps: dict[int, StepStarted] = {}

    def add(self, events: Sequence[Event]) -> None:
        """Take the next events."""
        for event in events:
            match event:
                case ExecutionStarted():
                    self._run = event
                    self._steps.clear()
                case StepStarted():
                    self._steps.setdefault(event.seq, event)
                case StepFinished():
                    self._steps.pop(event.seq, None)
                case ExecutionFinished():
                    self._run = None
                case _:
                    pass

    def ends(self, info: RunInfo) -> list[Event]:
        """Return the events that are missing at the end of a run, none of one that goes on."""
        if self._run is None or info.state in OPEN_STATES:
            return []
        at = info.finished or time.time_ns() // _NANOS_PER_MS
        output, error = _ending(info)
        steps = [
            StepFinished(
                seq=step.seq,
                status="failure",
                finished_at=iso(at * _NANOS_PER_MS),
                duration=_duration(step.started_at, at),
                error=error or CANCELLED,
            )
            for step in sorted(self._steps.values(), key=lambda step: step.seq, reverse=True)
        ]
        run = ExecutionFinished(
            status="success" if error is None else "failure",
            finished_at=iso(at * _NANOS_PER_MS),
            duration=_duration(self._run.started_at, at),
            output=output,
            error=error,
        )
        return [*steps, run]


def _ending(info: RunInfo) -> tuple[Any, str | None]:
    """Return the output and the error of a run that has ended."""
    if info.state == "cancelled":
        return None, CANCELLED
    if info.result is None:
        return None, NOT_CARRIED_OUT
    result = RunResult.decode(info.result)
    return result.output, result.failures[-1].message if result.failures else None


def _duration(started_at: str, end: int) -> int:
    begin = parse_timestamp(started_at)
    return max(0, end - begin) if begin is not None else 0


def _notify(events: list[Event], listeners: Sequence[Listener]) -> None:
    for event in events:
        for listener in listeners:
            listener.notify(event)


async def _warn_unattended(client: Client, id_: str, unattended: Callable[[], None]) -> None:
    since = time.monotonic()
    while True:
        await asyncio.sleep(_STATE_SECONDS)
        info = await asyncio.to_thread(client.find, id_)
        if info is None or info.state not in OPEN_STATES:
            return
        if info.state not in _IDLE_STATES:
            await asyncio.sleep(_WORKER_SECONDS)
            since = time.monotonic()
        elif time.monotonic() >= since + _WORKER_SECONDS:
            unattended()
            return
