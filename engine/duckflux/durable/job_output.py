"""Carries what a job writes to the program that waits for it, while the job is performed.

The worker sends pieces, at most every half second; the rest comes with the job's result. A piece says where it is
in all that the job writes, so that one that comes twice is shown once, and one that is missing is noticed.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable

from ..runtime.secrets import MaskingStream, Secrets
from .records import Piece

# What is written within so long is sent together; a step that is shorter sends nothing.
_SEND_SECONDS = 0.5
# While the store is slow or away.
_MAX_PAUSE_SECONDS = 8.0
_MAX_SENT = 64 * 1024
# What waits to be sent, or for the result. Of more, the end is kept.
_MAX_WAITING = 256 * 1024


class JobOutput:
    """Takes what a job writes, masks its secrets and sends it with `send`, which may fail or take its time."""

    def __init__(self, secrets: Secrets, send: Callable[[str], Awaitable[None]]) -> None:
        self._streams = {name: MaskingStream(secrets) for name in ("stdout", "stderr")}
        self._send = send
        self._sending: asyncio.Task[None] | None = None
        self._repetition = os.urandom(6).hex()
        self._waiting: deque[tuple[str, str]] = deque()
        # Where the first text that waits is in all that the job writes, and the length of those that wait.
        self._start = self._size = 0

    def write(self, stream: str, text: str) -> None:
        """Take what the job writes next."""
        self._add(stream, self._streams[stream].feed(text))
        if self._sending is None and self._waiting:
            self._sending = asyncio.create_task(self._send_pieces())

    def stop(self) -> None:
        """Send nothing more."""
        if self._sending is not None:
            self._sending.cancel()

    def rest(self) -> Piece:
        """Return what was not sent, at the end of the job."""
        for name, stream in self._streams.items():
            self._add(name, stream.close())
        return Piece(self._repetition, self._start, tuple(self._waiting))

    def _add(self, stream: str, text: str) -> None:
        if not text:
            return
        self._waiting.append((stream, text))
        self._size += len(text)
        if self._size > _MAX_WAITING:
            self._drop(self._size - _MAX_WAITING)

    def _drop(self, length: int) -> None:
        """Take so many characters away from the beginning of what waits."""
        self._start += length
        self._size -= length
        while length:
            stream, text = self._waiting.popleft()
            if len(text) > length:
                self._waiting.appendleft((stream, text[length:]))
                return
            length -= len(text)

    async def _send_pieces(self) -> None:
        pause = _SEND_SECONDS
        while self._waiting:
            await asyncio.sleep(pause)
            piece = Piece(self._repetition, self._start, _beginning(self._waiting))
            try:
                await self._send(piece.encode())
            except OSError:
                pause = min(pause * 2, _MAX_PAUSE_SECONDS)
            else:
                pause = _SEND_SECONDS
                self._drop(max(0, piece.end - self._start))
        self._sending = None


def _beginning(texts: deque[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return as much of the beginning of texts as is sent at once."""
    found, left = list[tuple[str, str]](), _MAX_SENT
    for stream, text in texts:
        if left <= 0:
            break
        found.append((stream, text[:left]))
        left -= len(text)
    return tuple(found)


class PieceReader:
    """Writes pieces of a job's output, each character once."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        self._write = write
        self._repetition = ""
        self._shown = 0

    def read(self, text: str) -> None:
        """Write a piece that was sent."""
        self.show(Piece.decode(text))

    def show(self, piece: Piece) -> None:
        """Write what was not written yet of a piece."""
        if piece.repetition != self._repetition:
            # Another worker performs it again.
            self._repetition, self._shown = piece.repetition, 0
        if piece.start > self._shown:
            self._write("stdout", f"… {piece.start - self._shown:,} characters left out …\n")
            self._shown = piece.start
        skipped = self._shown - piece.start
        for stream, text in piece.texts:
            if len(text) > skipped:
                self._write(stream, text[skipped:])
            skipped = max(0, skipped - len(text))
        self._shown = max(self._shown, piece.end)
