"""Reads the headers of messages, whose names have any case: pygls knows one spelling of `Content-Length`."""

from __future__ import annotations

import asyncio
import re
from typing import BinaryIO

_CONTENT_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d+)[ \t]*\r?\n", re.IGNORECASE)


def canonical(line: bytes) -> bytes:
    """Return a line of a header as pygls spells it."""
    match = _CONTENT_LENGTH.fullmatch(line)
    return b"Content-Length: %s\r\n" % match[1] if match else line


class HeaderStream:
    """A binary stream whose lines are canonical."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        return canonical(self._stream.readline())

    def read(self, size: int) -> bytes:
        return self._stream.read(size)


class HeaderReader:
    """A reader of a connection whose lines are canonical."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def readline(self) -> bytes:
        return canonical(await self._reader.readline())

    async def readexactly(self, size: int) -> bytes:
        return await self._reader.readexactly(size)
