"""Tells browsers what has become of traces, as server-sent events.

Who reads slowly is not waited for: what a reader has not taken yet is kept once for each run, the last of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import msgspec

from ..trace.index import Change, TraceIndex
from ..trace.readers import TraceError

_PAUSE = 0.5
_PING_SECONDS = 15.0
_MAX_PENDING = 1_000
_EVENTS = {"new": "trace:new", "updated": "trace:updated", "finished": "execution:finished"}
# More has changed than a reader was told: it has to ask for everything.
_RESYNC = b"event: resync\ndata: {}\n\n"


class TooManyReadersError(Exception):
    """No further reader is taken."""


class Updates:
    """Looks for changes of an index while somebody reads them. `record` gives what is said of a trace."""

    def __init__(self, index: TraceIndex, record: Callable[[Change], object], max_readers: int = 500) -> None:
        self.index = index
        self._record = record
        self._max_readers = max_readers
        self._readers: set[_Reader] = set()
        self._watching: asyncio.Task[None] | None = None
        self._look = asyncio.Event()
        self._is_closed = False

    def look_now(self) -> None:
        """Look for changes at once."""
        self._look.set()

    def close(self) -> None:
        """End all streams."""
        self._is_closed = True
        for reader in self._readers:
            reader.wake.set()
        if self._watching is not None:
            self._watching.cancel()

    def publish(self, changes: list[Change]) -> None:
        """Tell all readers of changes."""
        for change in changes:
            id_ = change.trace.execution.id
            line = (
                f"event: {_EVENTS[change.kind]}\ndata: ".encode()
                + msgspec.json.encode(self._record(change))
                + b"\n\n"
            )
            for reader in self._readers:
                reader.add(id_, line)

    async def refreshed(self) -> TraceIndex:
        """Return the index as the folder is now; readers are told what has changed. Raises TraceError."""
        self.publish(await asyncio.to_thread(self.index.refresh))
        return self.index

    async def look(self) -> None:
        """Tell readers what has changed, if the folder can be read."""
        with contextlib.suppress(TraceError):
            await self.refreshed()

    def stream(self) -> AsyncIterator[bytes]:
        """Return events until the server ends. Raises TooManyReadersError."""
        if len(self._readers) >= self._max_readers:
            raise TooManyReadersError
        return self._stream()

    async def _stream(self) -> AsyncIterator[bytes]:
        reader = _Reader()
        self._readers.add(reader)
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            yield b"event: ping\ndata: {}\n\n"
            while not self._is_closed:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PING_SECONDS):
                        await reader.wake.wait()
                yield reader.take() or b"event: ping\ndata: {}\n\n"
        finally:
            self._readers.discard(reader)

    async def _watch(self) -> None:
        try:
            while self._readers:
                await self.look()
                self._look.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PAUSE):
                        await self._look.wait()
        finally:
            # The next reader begins anew.
            self._watching = None


class _Reader:
    """A reader, with what it has not been told yet: for each run the last event."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self._pending: dict[str, bytes] = {}
        self._is_behind = False

    def add(self, id_: str, line: bytes) -> None:
        """Keep an event; a run that is new stays new until the reader is told."""
        known = self._pending.get(id_)
        if (
            known is not None
            and known.startswith(b"event: trace:new")
            and line.startswith(b"event: trace:updated")
        ):
            line = line.replace(b"trace:updated", b"trace:new", 1)
        self._pending[id_] = line
        if len(self._pending) > _MAX_PENDING:
            self._pending.clear()
            self._is_behind = True
        self.wake.set()

    def take(self) -> bytes:
        """Return what was kept, empty if there is nothing."""
        taken = (_RESYNC if self._is_behind else b"") + b"".join(self._pending.values())
        self._pending.clear()
        self._is_behind = False
        self.wake.clear()
        return taken
