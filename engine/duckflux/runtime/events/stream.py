"""Sends events to listeners: their failures never reach the run, and a slow one delays it only for a while."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Protocol, TypeAlias

from . import UNSET, ConditionChecked, Event, ExecutionStarted, OutputChunk, StepStarted

Warn: TypeAlias = Callable[[str], None]

_YIELD_INTERVAL = 0.01
_MAX_WAIT = 5.0
_QUEUE_LIMIT = 4096
# An event counts as one in the queue, and as more if its values are large.
_TEXT_PER_UNIT = 1024
_VALUE_PER_UNIT = 16 * 1024
_SAMPLE_SIZE = 32
_MAX_DEPTH = 3


class Listener(Protocol):
    """Receives every event, in order.

    One that does not need the digests of steps says so with `wants_digests = False`.
    """

    @property
    def wants_output(self) -> bool:
        """Return whether it needs OutputChunk events."""

    @property
    def congested(self) -> bool:
        """Return whether the run should wait for it. A display, which can skip events, always answers False."""

    def notify(self, event: Event) -> None:
        """Take an event. Must return at once, because it runs inside the engine's event loop."""


class Gate:
    """Holds a run between two steps while it is closed."""

    def __init__(self) -> None:
        self._opened: asyncio.Event | None = None

    @property
    def is_closed(self) -> bool:
        """Return whether steps have to wait."""
        return self._opened is not None

    def close(self) -> None:
        """Let no further step begin."""
        self._opened = self._opened or asyncio.Event()

    def open(self) -> None:
        """Let steps begin again."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    async def passed(self) -> None:
        """Wait until the gate is open."""
        while self._opened is not None:
            await self._opened.wait()


class EventStream:
    """Sends events to listeners, and drops, with a warning, a listener that fails or stays congested."""

    def __init__(self, listeners: Sequence[Listener], warn: Warn, gate: Gate | None = None) -> None:
        self._listeners = list(listeners)
        self._gate = gate
        self._warn = warn
        self._next_yield = 0.0

    def add(self, listener: Listener) -> None:
        """Send all events from now on to a listener more."""
        self._listeners.append(listener)

    def remove(self, listener: Listener) -> None:
        """Send a listener nothing more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    @property
    def silent(self) -> bool:
        """Return whether there is no listener."""
        return not self._listeners

    @property
    def wants_digests(self) -> bool:
        """Return whether a listener needs the digests of steps, which take time."""
        return any(getattr(listener, "wants_digests", True) for listener in self._listeners)

    @property
    def wants_output(self) -> bool:
        """Return whether a listener needs OutputChunk events."""
        return any(listener.wants_output for listener in self._listeners)

    @property
    def congested(self) -> bool:
        """Return whether a listener is congested."""
        return any(listener.congested for listener in self._listeners)

    def emit(self, event: Event) -> None:
        """Send an event to all listeners, output to those that want it."""
        is_output = isinstance(event, OutputChunk)
        for listener in tuple(self._listeners):
            if is_output and not listener.wants_output:
                continue
            try:
                listener.notify(event)
            except Exception as error:
                self._drop(listener, f"failed: {error}")

    async def yield_control(self) -> None:
        """Let signals and timers run now and then, and wait for congested listeners and a closed gate.

        Called between steps.
        """
        now = time.monotonic()
        if now >= self._next_yield:
            await asyncio.sleep(0)
            self._next_yield = time.monotonic() + _YIELD_INTERVAL
        for listener in tuple(self._listeners):
            if listener.congested:
                await self._wait_for(listener)
        if self._gate is not None and self._gate.is_closed:
            await self._gate.passed()

    async def drain(self) -> None:
        """Wait until every durable listener has processed all events so far.

        Called after what cannot be undone.
        """
        for listener in tuple(self._listeners):
            if not isinstance(listener, BackgroundListener) or not listener.durable:
                continue
            try:
                async with asyncio.timeout(_MAX_WAIT):
                    await listener.drain()
            except TimeoutError:
                self._drop(listener, "is too slow")

    async def _wait_for(self, listener: Listener) -> None:
        deadline = time.monotonic() + _MAX_WAIT
        while listener.congested:
            if time.monotonic() > deadline:
                self._drop(listener, "is too slow")
                return
            await asyncio.sleep(0.001)

    def _drop(self, listener: Listener, problem: str) -> None:
        # A concurrent branch may have dropped it first.
        if listener in self._listeners:
            self._listeners.remove(listener)
            self._warn(
                f"{getattr(listener, 'name', type(listener).__name__)} {problem}; it gets no more events"
            )


class BackgroundListener:
    """A listener whose work is done in batches by a thread of its own, behind a bounded queue.

    `consume` receives the events in order, every `interval` seconds and once more at the end; when it raises,
    the listener warns once and ignores the rest. `name` is its name in warnings. The run waits for a
    `durable` one after each step with effects, because a later run relies on what it keeps.
    """

    def __init__(
        self,
        name: str,
        consume: Callable[[list[Event]], None],
        warn: Warn,
        *,
        wants_output: bool = False,
        wants_digests: bool = True,
        durable: bool = False,
        interval: float = 0.05,
    ) -> None:
        self.name = name
        self.durable = durable
        self.wants_digests = wants_digests
        self._consume = consume
        self._warn = warn
        self._wants_output = wants_output
        self._interval = interval
        self._queue: deque[tuple[Event, int]] = deque()
        self._queued = 0
        self._consumed = 0
        self._closing = False
        self._failed = False
        self._waiters: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def wants_output(self) -> bool:
        """Return whether it needs OutputChunk events."""
        return self._wants_output

    @property
    def congested(self) -> bool:
        """Return whether its queue is too long."""
        return self._queued - self._consumed > _QUEUE_LIMIT and not self._failed

    def notify(self, event: Event) -> None:
        """Queue an event."""
        if self._failed:
            return
        weight = _weight(event)
        self._queue.append((event, weight))
        self._queued += weight
        if self.congested:
            self._wake.set()

    async def drain(self) -> None:
        """Wait until all events so far are processed, or cannot be."""
        if self._consumed >= self._queued or self._failed:
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiters.append((self._queued, loop, future))
        self._wake.set()
        await future

    def close(self, timeout: float = 10.0) -> None:
        """Process what is queued, and wait for that at most `timeout` seconds."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout)

    def _work(self) -> None:
        while True:
            self._wake.wait(self._interval)
            self._wake.clear()
            last = self._closing
            self._consume_queue()
            if last:
                return

    def _consume_queue(self) -> None:
        batch: list[Event] = []
        weights = 0
        while self._queue:
            event, weight = self._queue.popleft()
            batch.append(event)
            weights += weight
        if not self._failed:
            try:
                self._consume(batch)
            except Exception as error:
                self._failed = True
                self._warn(f"{self.name}: {error}")
        # Only this thread writes _consumed and only the engine's writes _queued: no lock is needed.
        self._consumed += weights
        for waiter in tuple(self._waiters):
            load, loop, future = waiter
            if self._consumed >= load or self._failed:
                self._waiters.remove(waiter)
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(_resolve, future)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _weight(event: Event) -> int:
    if isinstance(event, OutputChunk):
        return 1 + len(event.text) // _TEXT_PER_UNIT
    if isinstance(event, ConditionChecked):
        return 1
    if isinstance(event, StepStarted):
        value = event.input
    else:
        value = event.inputs if isinstance(event, ExecutionStarted) else event.output
    return 1 + _size(value) // _VALUE_PER_UNIT if value is not UNSET else 1


def _size(value: Any, depth: int = _MAX_DEPTH) -> int:
    """Return the approximate length of a JSON value; of long arrays and maps only the beginning is measured."""
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list | tuple | dict) or not value:
        return 8
    if depth == 0:
        return 16 * len(value)
    size = 0
    sampled = min(len(value), _SAMPLE_SIZE)
    for item in islice(value.values() if isinstance(value, dict) else value, sampled):
        size += _size(item, depth - 1)
    return size * len(value) // sampled
