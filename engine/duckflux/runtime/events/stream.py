"""The engine's stream of events: no listener's failure reaches the run, a slow one slows it only so long."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Protocol, TypeAlias

from . import UNSET, Event, ExecutionStarted, OutputChunk, StepStarted

Warn: TypeAlias = Callable[[str], None]

_YIELD_EVERY = 0.01
_PATIENCE = 5.0
_QUEUE_LIMIT = 4096
# What an event weighs in the queue: one, and more for the memory it keeps.
_TEXT_PER_UNIT = 1024
_VALUE_PER_UNIT = 16 * 1024
_LOOKED_AT = 32
_DEPTH = 3


class Listener(Protocol):
    """Hears every event, in order. `notify` must return at once; it runs inside the engine's event loop."""

    @property
    def wants_output(self) -> bool:
        """Whether it needs OutputChunk events."""

    @property
    def congested(self) -> bool:
        """Whether the run should wait for it. A display, which can skip, always says False."""

    def notify(self, event: Event) -> None: ...


class EventStream:
    """Sends events to the listeners; drops, with one warning, a listener that fails or stays congested."""

    def __init__(self, listeners: Sequence[Listener], warn: Warn) -> None:
        self._listeners = list(listeners)
        self._warn = warn
        self._next_yield = 0.0

    @property
    def silent(self) -> bool:
        return not self._listeners

    @property
    def wants_output(self) -> bool:
        return any(listener.wants_output for listener in self._listeners)

    @property
    def congested(self) -> bool:
        return any(listener.congested for listener in self._listeners)

    def emit(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener.notify(event)
            except Exception as error:
                self._drop(listener, f"failed: {error}")

    async def yield_control(self) -> None:
        """Called between steps: lets signals and timers in now and then, and waits for congested listeners."""
        now = time.monotonic()
        if now >= self._next_yield:
            await asyncio.sleep(0)
            self._next_yield = time.monotonic() + _YIELD_EVERY
        for listener in tuple(self._listeners):
            if listener.congested:
                await self._wait_for(listener)

    async def drain(self) -> None:
        """Called after what can't be undone: returns when every durable listener has all events so far."""
        for listener in tuple(self._listeners):
            if not isinstance(listener, BackgroundListener) or not listener.durable:
                continue
            try:
                async with asyncio.timeout(_PATIENCE):
                    await listener.drain()
            except TimeoutError:
                self._drop(listener, "does not keep up")

    async def _wait_for(self, listener: Listener) -> None:
        deadline = time.monotonic() + _PATIENCE
        while listener.congested:
            if time.monotonic() > deadline:
                self._drop(listener, "does not keep up")
                return
            await asyncio.sleep(0.001)

    def _drop(self, listener: Listener, why: str) -> None:
        # A concurrent branch may have dropped it first.
        if listener in self._listeners:
            self._listeners.remove(listener)
            self._warn(
                f"{getattr(listener, 'name', type(listener).__name__)} {why}; it is left out from here on"
            )


class BackgroundListener:
    """A listener whose work is done in batches by a thread of its own, behind a bounded queue.

    `consume` gets the events in order, every `interval` seconds and once more at the end; when it raises, the
    listener warns once and ignores the rest. `name` is how warnings call it. A `durable` one is waited for after
    each step that did something: what it keeps is what a later run builds on.
    """

    def __init__(
        self,
        name: str,
        consume: Callable[[list[Event]], None],
        warn: Warn,
        *,
        wants_output: bool = False,
        durable: bool = False,
        interval: float = 0.05,
    ) -> None:
        self.name = name
        self.durable = durable
        self._consume = consume
        self._warn = warn
        self._wants_output = wants_output
        self._interval = interval
        self._queue: deque[tuple[Event, int]] = deque()
        self._load = 0
        self._drained = 0
        self._closing = False
        self._failed = False
        self._waiting: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def wants_output(self) -> bool:
        return self._wants_output

    @property
    def congested(self) -> bool:
        return self._load - self._drained > _QUEUE_LIMIT and not self._failed

    def notify(self, event: Event) -> None:
        if self._failed:
            return
        weight = _weight(event)
        self._queue.append((event, weight))
        self._load += weight
        if self.congested:
            self._wake.set()

    async def drain(self) -> None:
        """Wait until all events so far are consumed, or can't be."""
        if self._drained >= self._load or self._failed:
            return
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._waiting.append((self._load, loop, future))
        self._wake.set()
        await future

    def close(self, timeout: float = 10.0) -> None:
        """Hand over what is queued and wait (seconds) until it is consumed."""
        self._closing = True
        self._wake.set()
        self._thread.join(timeout)

    def _work(self) -> None:
        while True:
            self._wake.wait(self._interval)
            self._wake.clear()
            last = self._closing
            self._hand_over()
            if last:
                return

    def _hand_over(self) -> None:
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
        # Only this thread writes _drained and only the engine's writes _load: no lock is needed.
        self._drained += weights
        for waiting in tuple(self._waiting):
            load, loop, future = waiting
            if self._drained >= load or self._failed:
                self._waiting.remove(waiting)
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(_resolve, future)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _weight(event: Event) -> int:
    if isinstance(event, OutputChunk):
        return 1 + len(event.text) // _TEXT_PER_UNIT
    if isinstance(event, StepStarted):
        value = event.input
    else:
        value = event.inputs if isinstance(event, ExecutionStarted) else event.output
    return 1 + _size(value) // _VALUE_PER_UNIT if value is not UNSET else 1


def _size(value: Any, depth: int = _DEPTH) -> int:
    """About how many characters a JSON value has; of long arrays and maps only the beginning is looked at."""
    if isinstance(value, str):
        return len(value)
    if not isinstance(value, list | tuple | dict) or not value:
        return 8
    if depth == 0:
        return 16 * len(value)
    size = 0
    looked_at = min(len(value), _LOOKED_AT)
    for item in islice(value.values() if isinstance(value, dict) else value, looked_at):
        size += _size(item, depth - 1)
    return size * len(value) // looked_at
