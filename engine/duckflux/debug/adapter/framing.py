"""Reads and writes the frames of the Debug Adapter Protocol: headers, an empty line, a JSON text."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

MAX_MESSAGE = 64 * 1024 * 1024
_MAX_HEADERS = 16
_LENGTH = b"content-length:"


class FrameError(Exception):
    """A stream holds no message of the protocol."""


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """Return the text of the next message, None at the end of the stream. Raises FrameError."""
    length = None
    for _ in range(_MAX_HEADERS):
        try:
            line = await reader.readline()
        except ValueError:
            raise FrameError("a header is too long") from None
        if not line.endswith(b"\n"):
            return None
        if not line.strip():
            break
        if line.lower().startswith(_LENGTH):
            length = _length(line)
    if length is None:
        raise FrameError("a message has no Content-Length")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None


def frame(message: Any) -> bytes:
    """Return a message with its headers."""
    return framed(msgspec.json.encode(message))


def framed(text: bytes) -> bytes:
    """Return the text of a message with its headers."""
    return b"Content-Length: %d\r\n\r\n%s" % (len(text), text)


def _length(line: bytes) -> int:
    digits = line[len(_LENGTH) :].strip()
    if not digits.isdigit() or len(digits) > 10 or int(digits) > MAX_MESSAGE:
        raise FrameError("the Content-Length of a message is wrong")
    return int(digits)
