"""Keeps a session with an MCP server in a task of its own, because the SDK's scopes belong to one task."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio
import httpx2
import msgspec
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp.types import CONNECTION_CLOSED, PARSE_ERROR, Implementation, jsonrpc_message_adapter
from pydantic import ValidationError

from duckflux.json_text import NumberError, parse_json
from duckflux.version import __version__

from ..errors import last_words
from ..process.marked_processes import VARIABLE
from ..process.supervisor import Supervisor, end_processes
from ..secrets import Secrets
from .config import ServerConfig

_START_SECONDS = 60.0
_CONNECT_SECONDS = 30.0
# Together less than the 2 s of the SDK, which then waits for what has ended but has not been reaped, too.
_END_SECONDS = 1.0
_TERM_SECONDS = 0.8
_STDERR_QUOTED = 2_000
# Masked before it is cut: of a cut secret, the rest would stay readable.
_STDERR_KEPT = 16 * 1024
_SESSION_TERMINATED = "Session terminated"
# Without a handler, Python prints what the SDK logs, with tracebacks, between the lines of a run.
logging.getLogger("mcp").addHandler(logging.NullHandler())


class ServerError(Exception):
    """A server cannot be started or reached, or has gone. The message is for users."""


class Session:
    """A session; `closed` tells that the server has ended, or has forgotten the session."""

    def __init__(
        self,
        server: ServerConfig,
        environment: Mapping[str, str],
        supervisor: Supervisor,
        secrets: Secrets,
    ) -> None:
        self.closed = False
        self._server = server
        self._environment = environment
        self._mark = supervisor.next_mark() if server.url is None else None
        self._secrets = secrets
        self._scope = anyio.CancelScope()
        self._stderr = b""
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._serve())

    @property
    def connected(self) -> bool:
        """Return whether the server has ever answered."""
        return self._ready.done() and not self._ready.cancelled() and self._ready.exception() is None

    async def client(self) -> Client:
        """Return the client, once the server has answered. Raises ServerError."""
        return await asyncio.shield(self._ready)

    async def close(self) -> None:
        """End the server and what it has started, after some seconds by force."""
        self._scope.cancel()
        # The SDK closes the server's input, and the server may end by itself.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait([self._task], timeout=_END_SECONDS)
        if self._mark is not None:
            await end_processes(self._mark, grace_period=_TERM_SECONDS)
        await asyncio.wait([self._task])

    def is_connection_lost(self, error: Exception) -> bool:
        """Return whether an error of a call means that the server has gone."""
        if isinstance(error, MCPError):
            ended = error.code == CONNECTION_CLOSED or error.message == _SESSION_TERMINATED
            self.closed = self.closed or ended
        return self.closed

    def was_not_sent(self, error: Exception) -> bool:
        """Return whether the call certainly has not begun."""
        return isinstance(error, MCPError) and error.message == _SESSION_TERMINATED

    @property
    def stderr_note(self) -> str:
        """The end of what a command wrote to stderr, in brackets; empty if there is nothing."""
        text = self._stderr.decode("utf-8", "replace")
        mask = self._secrets.mask_end if len(self._stderr) == _STDERR_KEPT else self._secrets.mask
        text = last_words(mask(text).strip(), _STDERR_QUOTED)
        return f" (it wrote: {text})" if text else ""

    async def _serve(self) -> None:
        limit = asyncio.get_running_loop().call_later(_START_SECONDS, self._scope.cancel)
        failure: Exception = TimeoutError()
        try:
            with self._scope:
                async with AsyncExitStack() as stack:
                    about_us = Implementation(name="duckflux", version=__version__)
                    client = Client(self._transport(stack), client_info=about_us)
                    await stack.enter_async_context(client)
                    limit.cancel()
                    self._ready.set_result(client)
                    await anyio.sleep_forever()
        except Exception as error:
            failure = error
        finally:
            limit.cancel()
            self.closed = True
        if not self._ready.done():
            self._ready.set_exception(ServerError(f"it {self._failure_message(_first(failure))}"))
            # Retrieved, so that asyncio does not report an exception that nobody waits for.
            self._ready.exception()

    def _failure_message(self, error: BaseException) -> str:
        if isinstance(error, TimeoutError):
            return f"did not answer within {_START_SECONDS:g} s{self.stderr_note}"
        if isinstance(error, OSError) and self._server.command is not None:
            return f"could not be started: {error.strerror or error}: {self._server.command}"
        if isinstance(error, httpx2.HTTPError):
            return f"can't be reached: {str(error) or type(error).__name__}"
        if isinstance(error, MCPError) and error.code == CONNECTION_CLOSED:
            how = "ended at startup" if self._server.command is not None else "can't be reached"
            return f"{how}{self.stderr_note}"
        return f"could not be started: {error}{self.stderr_note}"

    @asynccontextmanager
    async def _transport(self, stack: AsyncExitStack) -> AsyncIterator[Any]:
        if self._server.url is not None:
            # No read timeout: the step's timeout ends the call.
            timeout = httpx2.Timeout(_CONNECT_SECONDS, read=None)
            http = await stack.enter_async_context(
                httpx2.AsyncClient(headers=self._server.headers, timeout=timeout)
            )
            inner = streamable_http_client(self._server.url, http_client=http)
        else:
            inner = stdio_client(self._parameters(), errlog=stack.enter_context(self._stderr_pipe()))
        async with inner as (reading, writing):
            yield _Watched(reading, self._ended), writing

    def _ended(self) -> None:
        self.closed = True

    def _parameters(self) -> StdioServerParameters:
        server = self._server
        return StdioServerParameters(
            command=server.command or "",
            args=list(server.args),
            env={**self._environment, **server.env, VARIABLE: self._mark or ""},
            cwd=server.folder / (server.cwd or "."),
        )

    @contextlib.contextmanager
    def _stderr_pipe(self) -> Any:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        loop = asyncio.get_running_loop()

        def read() -> None:
            with contextlib.suppress(BlockingIOError):
                piece = os.read(reading, 65536)
                self._stderr = (self._stderr + piece)[-_STDERR_KEPT:]
                if not piece:
                    loop.remove_reader(reading)

        loop.add_reader(reading, read)
        try:
            with os.fdopen(writing, "w") as file:
                yield file
        finally:
            read()
            loop.remove_reader(reading)
            os.close(reading)


class _Answer(msgspec.Struct):
    id: int | str


class _Watched:
    """A stream of the server's messages that reports its end."""

    def __init__(self, stream: Any, ended: Callable[[], None]) -> None:
        self._stream = stream
        self._ended = ended

    def __aiter__(self) -> _Watched:
        return self

    async def __anext__(self) -> Any:
        try:
            return _read_again(await self._stream.__anext__())
        except BaseException:
            self._ended()
            raise

    async def receive(self) -> Any:
        return await self._stream.receive()

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def __aenter__(self) -> _Watched:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *failure: Any) -> Any:
        return await self._stream.__aexit__(*failure)


def _read_again(item: Any) -> Any:
    """Return the message of a line whose JSON the SDK refuses, anything else as it is.

    The SDK takes no lone surrogate and no byte order mark, and who waits for such an answer waits for ever.
    """
    line = item.errors()[0]["input"] if isinstance(item, ValidationError) else None
    if not isinstance(line, str):
        return item
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_python(_value_or_error(line), by_name=False))
    except ValueError:
        return item


def _value_or_error(line: str) -> Any:
    """Return the value of a line; of an answer with a number out of range, an answer that says so."""
    try:
        return parse_json(line)
    except NumberError as error:
        failure = {"code": PARSE_ERROR, "message": f"its answer can't be read: {error}"}
        return {"jsonrpc": "2.0", "id": parse_json(line, _Answer).id, "error": failure}


def _first(error: BaseException) -> BaseException:
    """Return the first failure of a group; task groups wrap even single ones."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
