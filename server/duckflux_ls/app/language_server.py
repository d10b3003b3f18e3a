"""Adapts pygls: its protocol, its connection over TCP, and the end of the server with its client."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

import msgspec
from duckflux.language.budget import Budget, OverBudgetError, current_budget, limited_to
from duckflux.version import __version__
from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcServerNotInitialized,
)
from pygls.io_ import StdinAsyncReader, StdoutWriter, run_async
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage
from pygls.protocol.language_server import lsp_method

from ..server_state import ServerState
from ..session.client import Client, pulls_diagnostics
from .client_liveness import is_alive, wait_for_end
from .headers import HeaderError, HeaderReader, HeaderStream

log = logging.getLogger(__name__)
# As of a program that a SIGINT ended.
INTERRUPTED = 130
# The answer is sent within 2 s.
REQUEST_SECONDS = 1.8
_UNLIMITED = (types.INITIALIZE, types.SHUTDOWN, types.WORKSPACE_EXECUTE_COMMAND, types.WORKSPACE_DIAGNOSTIC)
_Connected: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def converter() -> Any:
    """Return pygls' converter, which leaves the parameters of messages beyond LSP the JSON that they are."""
    made = default_converter()  # type: ignore[no-untyped-call]
    for message in (JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage):
        made.register_structure_hook(message, lambda fields, kind: kind(**fields))
    return made


class _WrongRequest(msgspec.Struct, frozen=True):
    """A request with parameters that cannot be read."""

    id: str | int
    error: JsonRpcException


def _reason(error: BaseException) -> str:
    """Return what is wrong with parameters, as far as the converter tells."""
    while error.__cause__ is not None:
        error = error.__cause__
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return f"invalid parameters: {error}"


class Protocol(LanguageServerProtocol):
    """pygls' protocol without its own copies of the texts: `Documents` holds them, with LSP's line ends.

    With a `token`, only a client that gives it in its initialization options is served.
    """

    token: str | None = None
    _is_initialized = False
    _has_exited = False

    def _handle_request(self, msg_id: Any, method_name: str, params: Any) -> None:
        """Handle a request within a budget of time, but for those that wait for a run or for many files."""
        budget = None if method_name in _UNLIMITED else Budget(REQUEST_SECONDS)
        with limited_to(budget):
            super()._handle_request(msg_id, method_name, params)

    def _execute_handler(
        self,
        msg_id: Any,
        handler: Any,
        callback: Any,
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Execute a handler, and forget it when it is done: pygls keeps those of notifications for ever.

        What a cancelled request computes ends, and one that spends its budget is answered with null.
        """
        budget = current_budget()

        def done(future: Any) -> None:
            self._request_futures.pop(msg_id, None)
            if budget is not None:
                budget.end()
            if not future.cancelled() and isinstance(future.exception(), OverBudgetError):
                log.warning("request %s took longer than %g s: no answer", msg_id, REQUEST_SECONDS)
                future = Future()
                future.set_result(None)
            callback(future)

        super()._execute_handler(msg_id, handler, done, args, kwargs)

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        """Answer without offering to be pulled from where the client does not say that it pulls.

        Some clients pull wherever a server offers it, although diagnostics are pushed to them too.
        """
        result = yield from super().lsp_initialize(params)
        if not pulls_diagnostics(params.capabilities):
            result.capabilities.diagnostic_provider = None
        workspace = result.capabilities.workspace
        if workspace is not None:
            # pygls leaves this one out.
            workspace.text_document_content = self.fm.feature_options.get(
                types.WORKSPACE_TEXT_DOCUMENT_CONTENT
            )
        if params.process_id is not None and is_alive(params.process_id):
            assert isinstance(self._server, DuckfluxServer)  # noqa: S101
            self._server.end_with(params.process_id)
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Any:
        """Cancel all other requests.

        pygls' own method fails while a command is under way: what it cancels leaves the map that it goes through.
        """
        own = self.msg_id
        yield self.fm.features[types.SHUTDOWN], args, None
        for other, request in [*self._request_futures.items()]:
            if other != own:
                request.cancel()
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> Any:
        """End the server, with an exit code that says whether `shutdown` came before."""
        assert isinstance(self._server, DuckfluxServer)  # noqa: S101
        self._has_exited = True
        self._server.begin_to_end(0 if self._shutdown else 1)

    def _send_data(self, data: Any) -> None:
        """Send a message, unless the connection is closed: pygls reports that failure by sending it, for ever."""
        if not self._has_exited:
            super()._send_data(data)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Return the message of JSON; for a request whose parameters are wrong, one that is refused."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" not in data or "id" not in data:
                raise
            return _WrongRequest(data["id"], JsonRpcInvalidParams(_reason(error)))

    def handle_message(self, message: Any) -> None:
        """Handle a message; refuse requests that are wrong, and those before `initialize` or after `shutdown`."""
        refusal = self._refusal(message)
        if refusal is None:
            self._is_initialized |= getattr(message, "method", None) == types.INITIALIZE
            super().handle_message(message)
        elif hasattr(message, "id"):
            self._send_response(message.id, error=refusal.to_response_error())

    def _refusal(self, message: Any) -> JsonRpcException | None:
        """Return why a message is not handled."""
        method = getattr(message, "method", None)
        if isinstance(message, _WrongRequest):
            return message.error
        if method is None or method == types.EXIT:
            return None
        if method == types.INITIALIZE:
            if self._is_initialized:
                return JsonRpcInvalidRequest("the server is initialized already")
            return (
                None if self._has_token(message.params) else JsonRpcInvalidRequest("wrong or missing token")
            )
        if not self._is_initialized:
            return JsonRpcServerNotInitialized("the first request must be `initialize`")
        return JsonRpcInvalidRequest("the server is shutting down") if self._shutdown else None

    def _has_token(self, params: types.InitializeParams) -> bool:
        if self.token is None:
            return True
        options = params.initialization_options
        given = options.get("token") if isinstance(options, dict) else None
        return isinstance(given, str) and hmac.compare_digest(given.encode(), self.token.encode())

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Any:
        """Call the server's own handler alone."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Any:
        """Call the server's own handler alone."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Any:
        """Call the server's own handler alone."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None


class DuckfluxServer(LanguageServer):
    """A pygls server with the state of its client."""

    def __init__(self) -> None:
        super().__init__("duckflux-ls", __version__, protocol_cls=Protocol, converter_factory=converter)
        self.state = ServerState(Client(self))
        self._socket: Path | None = None
        self._watching_client: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    def end_at_interrupt(self) -> None:
        """Let Ctrl-C end everything that runs, then this process with exit code 130.

        An interrupt that is ignored stays ignored, as for a background job of a script.
        """
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, lambda *_: self._interrupted())

    def _interrupted(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            os._exit(INTERRUPTED)
        loop.call_soon_threadsafe(self.begin_to_end, INTERRUPTED)

    def begin_to_end(self, exit_code: int) -> None:
        """Let everything that runs end, then this process."""
        self._ending = asyncio.ensure_future(self._end(exit_code))

    async def _end(self, exit_code: int) -> NoReturn:
        await self.state.end_processes()
        if self._socket is not None:
            self._socket.unlink(missing_ok=True)
        logging.shutdown()
        # Threads that compute, or that read from the client, can't be interrupted.
        os._exit(exit_code)

    def start_stdio(self, stdin: HeaderStream) -> None:
        """Serve a client on standard input and output; the process ends when it is gone, whatever is computed."""

        async def serve() -> None:
            self._stop_event = threading.Event()
            self.protocol.set_writer(StdoutWriter(sys.stdout.buffer))
            reader = StdinAsyncReader(stdin, self.thread_pool)  # type: ignore[arg-type]
            with contextlib.suppress(BrokenPipeError):
                await run_async(self._stop_event, reader, self.protocol, log, self.report_server_error)
            if stdin.problem is not None:
                print(f"duckflux-ls: {stdin.problem}", file=sys.stderr)  # noqa: T201
            await self._end(0 if stdin.problem is None else 1)

        asyncio.run(serve())

    def start_tcp(self, host: str, port: int) -> None:
        """Serve one client on a TCP port until it is gone, however it went. Raises OSError if it can't listen.

        pygls' own method does not end when the connection is reset, and leaves the runs behind.
        """
        asyncio.run(self._serve(lambda connected: asyncio.start_server(connected, host, port)))

    def start_socket(self, path: Path) -> None:
        """Serve one client on a Unix socket that only the user can open. Raises OSError if it can't listen."""

        async def listen(connected: _Connected) -> asyncio.Server:
            # The socket is created with the permissions that the mask leaves.
            before = os.umask(0o177)
            try:
                return await asyncio.start_unix_server(connected, path)
            finally:
                os.umask(before)

        self._socket = path
        asyncio.run(self._serve(listen))

    def require_token(self, token: str) -> None:
        """Serve only a client that gives this token in its initialization options."""
        assert isinstance(self.protocol, Protocol)  # noqa: S101
        self.protocol.token = token

    async def _serve(self, listen: Callable[[_Connected], Awaitable[asyncio.Server]]) -> None:
        stop, gone = threading.Event(), asyncio.Event()
        self._stop_event = stop

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            listening.close()
            self.protocol.set_writer(writer)
            try:
                await run_async(stop, HeaderReader(reader), self.protocol, log, self.report_server_error)
            except HeaderError as error:
                log.error("%s", error)
            except ConnectionError:
                log.info("the connection was lost")
            finally:
                gone.set()

        listening = await listen(connected)
        log.info("Serving on %s", ", ".join(str(socket.getsockname()) for socket in listening.sockets))
        await gone.wait()
        await self._end(0)

    def end_with(self, pid: int) -> None:
        """End, with everything that runs, when a process does."""
        self._watching_client = asyncio.create_task(self._end_with(pid))

    async def _end_with(self, pid: int) -> None:
        await wait_for_end(pid)
        log.warning("the editor is gone")
        await self._end(1)
