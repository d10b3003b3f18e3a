"""Follows a durable run: passes on what it publishes, whoever has it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence

from ..runtime.events import Event, decode
from ..runtime.events.stream import Listener
from .portable import absolute_event
from .store import Client, RunInfo

_STATE_SECONDS = 0.5
# Without a worker for so long, somebody has to be told.
_WORKER_SECONDS = 5.0


async def follow(
    client: Client, id_: str, listeners: Sequence[Listener], no_worker: Callable[[], None]
) -> RunInfo | None:
    """Return how a run ended, None if it is gone; `no_worker` is called if nobody takes it for long.

    Listeners get its events in order, from the begin, with paths that count from the current folder. Where
    another worker goes on with it, all of them come again, with what was done before marked as reused. Raises
    StoreError.
    """
    loop, folder = asyncio.get_running_loop(), os.getcwd()

    def read() -> None:
        for text in client.events(id_):
            events = [absolute_event(decode(line.encode()), folder) for line in text.splitlines() if line]
            loop.call_soon_threadsafe(_notify, events, listeners)

    reading = asyncio.ensure_future(asyncio.to_thread(read))
    warning = asyncio.create_task(_warn_without_worker(client, id_, no_worker))
    try:
        await reading
    finally:
        warning.cancel()
    return await asyncio.to_thread(client.find, id_)


def _notify(events: list[Event], listeners: Sequence[Listener]) -> None:
    for event in events:
        for listener in listeners:
            listener.notify(event)


async def _warn_without_worker(client: Client, id_: str, no_worker: Callable[[], None]) -> None:
    deadline = time.monotonic() + _WORKER_SECONDS
    while True:
        await asyncio.sleep(_STATE_SECONDS)
        info = await asyncio.to_thread(client.find, id_)
        if info is None or info.state != "waiting":
            return
        if time.monotonic() >= deadline:
            no_worker()
            return
