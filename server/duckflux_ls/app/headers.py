"""Reads the headers of messages: pygls knows one spelling of `Content-Length`, and waits for ever without it."""

from __future__ import annotations

import asyncio
import re
from typing import BinaryIO

_CONTENT_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,20})[ \t]*\r?\n", re.IGNORECASE)
_MAX_LINE = 8 * 1024
_MAX_MESSAGE = 256 * 1024 * 1024


class HeaderError(ConnectionError):
    """A header from which nobody can tell where the message ends."""


class _Headers:
    """Checks the lines of headers, and spells them as pygls does."""

    def __init__(self) -> None:
        self._has_length = False

    def canonical(self, line: bytes) -> bytes:
        """Return a line as pygls spells it. Raises HeaderError."""
        if len(line) >= _MAX_LINE:
            raise HeaderError("the header of a message has a line without end")
        if match := _CONTENT_LENGTH.fullmatch(line):
            size = int(match[1])
            if not 0 < size <= _MAX_MESSAGE:
                raise HeaderError(f"a message of {size} bytes is not accepted")
            self._has_length = True
            return b"Content-Length: %d\r\n" % size
        if line and not line.strip():
            if not self._has_length:
                raise HeaderError("the header of a message has no usable Content-Length")
            self._has_length = False
        return line


class HeaderStream:
    """A binary stream with canonical headers, which ends at a header that is wrong: `problem` says why."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._headers = _Headers()
        self.problem: HeaderError | None = None

    def readline(self) -> bytes:
        try:
            return self._headers.canonical(self._stream.readline(_MAX_LINE))
        except HeaderError as error:
            self.problem = error
            return b""

    def read(self, size: int) -> bytes:
        return self._stream.read(size)


class HeaderReader:
    """A reader of a connection with canonical headers. Raises HeaderError."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._headers = _Headers()

    async def readline(self) -> bytes:
        try:
            return self._headers.canonical(await self._reader.readline())
        except ValueError:
            raise HeaderError("the header of a message has a line without end") from None

    async def readexactly(self, size: int) -> bytes:
        return await self._reader.readexactly(size)
