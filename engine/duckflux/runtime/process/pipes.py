"""Reads and writes the pipes of a child process without blocking the event loop."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import fcntl
import os
from collections.abc import Callable
from typing import IO

_LARGE_PIPE = 1024 * 1024
_DEFAULT_PIPE = 64 * 1024
_READ_SIZE = 256 * 1024
_MAX_LINE = 8 * 1024
_MAX_WORD = 64 * 1024
_PAUSE_SECONDS = 0.01


class LineDecoder:
    """Decodes a byte stream and passes it on in whole lines.

    Secrets are masked line by line, so that a line must not be passed on in two parts. A line over 8 KiB is,
    between two words.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        text = self._rest + self._decode(data)
        end = max(text.rfind("\n"), text.rfind("\r")) + 1
        if end == 0 and len(text) > _MAX_LINE:
            end = text.rfind(" ") + 1 or (len(text) if len(text) > _MAX_WORD else 0)
        self._rest = text[end:]
        if end:
            self._sink(text[:end])

    def close(self) -> None:
        """Pass on the last line, which has no line end."""
        text = self._rest + self._decode(b"", True)
        self._rest = ""
        if text:
            self._sink(text)


class PipeReader:
    """Reads a pipe to its end; `data` is all of it, or about its last `keep` bytes.

    Reading pauses while `congested()`. `ended` is done at the end of the stream.
    """

    def __init__(
        self,
        pipe: IO[bytes] | None,
        keep: int | None,
        decoder: LineDecoder | None,
        congested: Callable[[], bool],
    ) -> None:
        self.data = bytearray()
        self._pipe, self._fd = _non_blocking(pipe)
        self._keep = keep
        self._decoder = decoder
        self._congested = congested
        self._is_enlarged = False
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._fd, self._read)

    def close(self) -> None:
        """Stop reading and close the pipe."""
        if not self.ended.done():
            self._loop.remove_reader(self._fd)
            self._end()
        self._pipe.close()

    def _end(self) -> None:
        if self._decoder:
            self._decoder.close()
        if not self.ended.done():
            self.ended.set_result(None)

    def _read(self) -> None:
        try:
            chunk = os.read(self._fd, _READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        if not chunk:
            self._loop.remove_reader(self._fd)
            self._end()
            return
        self.data += chunk
        if self._keep is not None and len(self.data) > 2 * self._keep:
            del self.data[: -self._keep]
        if len(chunk) >= _DEFAULT_PIPE and not self._is_enlarged:
            self._is_enlarged = True
            _enlarge(self._fd)
        if self._decoder:
            self._decoder.feed(chunk)
            if self._congested():
                self._loop.remove_reader(self._fd)
                self._loop.call_later(_PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        if self.ended.done():
            return
        if self._congested():
            self._loop.call_later(_PAUSE_SECONDS, self._resume)
        else:
            self._loop.add_reader(self._fd, self._read)


class PipeWriter:
    """Writes data to a pipe as fast as it is read, then closes the pipe.

    A reader that goes away early is no error: it needed no more.
    """

    def __init__(self, pipe: IO[bytes] | None, data: bytes) -> None:
        self._pipe, self._fd = _non_blocking(pipe)
        self._rest = memoryview(data)
        self._loop = asyncio.get_running_loop()
        self._is_waiting = False
        if len(data) > _DEFAULT_PIPE:
            _enlarge(self._fd)
        self._write()

    def close(self) -> None:
        """Stop writing and close the pipe."""
        if self._is_waiting:
            self._loop.remove_writer(self._fd)
            self._is_waiting = False
        with contextlib.suppress(OSError):
            self._pipe.close()

    def _write(self) -> None:
        try:
            while self._rest:
                self._rest = self._rest[os.write(self._fd, self._rest) :]
        except (BlockingIOError, InterruptedError):
            if not self._is_waiting:
                self._is_waiting = True
                self._loop.add_writer(self._fd, self._write)
            return
        except OSError:
            self._rest = memoryview(b"")
        self.close()


def _non_blocking(pipe: IO[bytes] | None) -> tuple[IO[bytes], int]:
    """Return our end of a pipe and its descriptor, set to not block. Raises ValueError without a pipe."""
    if pipe is None:
        raise ValueError("no pipe was made")
    os.set_blocking(pipe.fileno(), False)
    return pipe, pipe.fileno()


def _enlarge(fd: int) -> None:
    """Make a pipe's buffer larger where the system allows it; the default size works as well, but slower."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, _LARGE_PIPE)
