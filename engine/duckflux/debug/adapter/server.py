"""Serves the Debug Adapter Protocol on stdio or on a TCP port."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine
from typing import Any

from ...runtime.signals import EndedBySignalError, until_signal
from .framing import MAX_MESSAGE
from .handlers import adapter_handlers
from .session import Session


def serve_stdio() -> int:
    """Serve one client on standard input and output until it is gone, and return the exit code."""
    return _until_end(_stdio())


def serve_tcp(host: str, port: int, token: str | None) -> int:
    """Serve clients on a TCP port, one after the other or at once, until a signal; return the exit code."""
    return _until_end(_tcp(host, port, token))


def _until_end(work: Coroutine[Any, Any, None]) -> int:
    try:
        asyncio.run(until_signal(work))
    except EndedBySignalError as end:
        return end.code
    except OSError as error:
        print(f"duckflux-dap: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _stdio() -> None:
    loop = asyncio.get_running_loop()
    # A plugin that prints must not write into the protocol: what it prints goes to standard error.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    reader = asyncio.StreamReader(limit=MAX_MESSAGE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), output
    )
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    try:
        await Session(writer, adapter_handlers()).serve(reader)
    finally:
        with contextlib.suppress(ConnectionError):
            await writer.drain()


async def _tcp(host: str, port: int, token: str | None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Session(writer, adapter_handlers(token)).serve(reader)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, port, limit=MAX_MESSAGE)
    address = server.sockets[0].getsockname()
    print(f"duckflux-dap: listening on {address[0]}:{address[1]}", file=sys.stderr, flush=True)  # noqa: T201
    async with server:
        await server.serve_forever()
