"""The server's state: open texts, runs, settings; and how it talks to its one client."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from pathlib import Path
from typing import Any

from duckflux.language.analysis import Analysis, with_settings
from duckflux.shellcheck import add_shellcheck_diagnostics, check_new_commands
from duckflux.version import __version__
from lsprotocol import types
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage
from pygls.protocol.language_server import lsp_method

from . import settings
from .client import Client
from .closed_diagnostics import ClosedDiagnostics
from .documents import Documents, OpenDocument
from .features.diagnostics import diagnostics
from .handlers import register
from .indexing import Indexing
from .liveness import until_gone
from .name_index import NameIndex
from .offers import Offers
from .reports import Reports
from .runs.manager import Runs
from .runs.tests import RunningTests
from .workspace_files import WorkspaceFiles

log = logging.getLogger(__name__)

# Seconds in which the rest of a burst of changes comes in, before they are looked at again.
_BURST_PAUSE = 0.005
# Seconds without a key before a process is started for what was typed.
_TYPING_PAUSE = 0.15


def converter() -> Any:
    """pygls' converter, with the parameters of messages beyond LSP left as the JSON they are."""
    made = default_converter()  # type: ignore[no-untyped-call]
    for message in (JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage):
        made.register_structure_hook(message, lambda fields, kind: kind(**fields))
    return made


class Protocol(LanguageServerProtocol):
    """pygls' protocol without its own copies of the texts: `documents` holds them, with LSP's line ends."""

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Any:
        result = yield from super().lsp_initialize(params)
        # Some clients pull wherever a server says it can, though they are pushed to: all would be shown twice.
        if not pulls_diagnostics(params.capabilities):
            result.capabilities.diagnostic_provider = None
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Any:
        # pygls' own fails while a command is under way: what it cancels leaves the map that it goes through.
        own = self.msg_id
        yield self.fm.features[types.SHUTDOWN], args, None
        for other, request in [*self._request_futures.items()]:
            if other != own:
                request.cancel()
        self._shutdown = True

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Any:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_OPEN], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Any:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Any:
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CLOSE], (params,), None


class Server(LanguageServer):
    """The server's state: open texts, runs and settings."""

    def __init__(self) -> None:
        super().__init__("duckflux-ls", __version__, protocol_cls=Protocol, converter_factory=converter)
        self.documents = Documents()
        self.files = WorkspaceFiles()
        self.names = NameIndex(self.documents, self.files, lambda: self.encoding)
        self.offers = Offers(self.names)
        self.closed = ClosedDiagnostics(self.documents.called)
        self.reports = Reports()
        self.client = Client(self)
        self.indexing = Indexing(self.names, self.client)
        self.settings = settings.Settings()
        self.runs = Runs(self.client)
        self.tests = RunningTests()
        self.settings_read: asyncio.Task[None] | None = None
        self.watching: asyncio.Task[None] | None = None
        self._told: set[str] = set()
        self._unpublished: set[OpenDocument] = set()
        self._publishing: dict[OpenDocument, asyncio.Task[None]] = {}
        self._shellchecking: dict[OpenDocument, asyncio.Task[None]] = {}
        self._callers: dict[OpenDocument, asyncio.Task[None]] = {}

    def start_tcp(self, host: str, port: int) -> None:
        """Serve one client on a TCP port until it is gone, however it went. Raises OSError when it can't listen.

        pygls' own does not end when the connection is reset, and leaves the runs behind.
        """
        asyncio.run(self._serve_tcp(host, port))

    async def _serve_tcp(self, host: str, port: int) -> None:
        stop, gone = threading.Event(), asyncio.Event()
        self._stop_event = stop

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            listening.close()
            self.protocol.set_writer(writer)
            try:
                await run_async(stop, reader, self.protocol, log, self.report_server_error)
            except ConnectionError:
                log.info("the connection broke off")
            finally:
                gone.set()

        listening = await asyncio.start_server(connected, host, port)
        log.info("Serving on %s", ", ".join(str(socket.getsockname()) for socket in listening.sockets))
        await gone.wait()
        await self.end_processes()
        self.shutdown()  # type: ignore[no-untyped-call]

    async def end_with(self, pid: int) -> None:
        """End, with all that runs, when a process does."""
        await until_gone(pid)
        log.warning("the editor is gone")
        await self.end_processes()
        # What reads from the editor can't be interrupted.
        os._exit(1)

    async def end_processes(self) -> None:
        """End all that was started for the client, and wait until it has ended."""
        self.indexing.cancel()
        await asyncio.gather(self.runs.end_all(), self.tests.end_all(), self.offers.tools.end_all())

    @property
    def encoding(self) -> types.PositionEncodingKind | str:
        return self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16

    @property
    def pulls_diagnostics(self) -> bool:
        """Whether the client asks for diagnostics itself; then they are never pushed."""
        return pulls_diagnostics(self.client_capabilities)

    def tell_unusable_settings(self, document: OpenDocument) -> None:
        """Say, once, that the settings of a text's project can't be used."""
        problem = settings.unusable(document.path)
        if problem is not None and problem not in self._told:
            self._told.add(problem)
            self.client.show_error(f"settings that can't be used: {problem}")

    def configured(self, analysis: Analysis) -> Analysis:
        """An analysis with the diagnostics that the settings want."""
        return with_settings(analysis, self.settings.lint_for(analysis.path))

    async def checked(self, analysis: Analysis) -> Analysis:
        """The same with all that shellcheck says, if it is there and wanted."""
        await self._learn(analysis)
        return await self._with_known(analysis)

    async def _with_known(self, analysis: Analysis) -> Analysis:
        lint = self.settings.lint_for(analysis.path)
        return await asyncio.to_thread(add_shellcheck_diagnostics, with_settings(analysis, lint), lint)

    async def _learn(self, analysis: Analysis) -> bool:
        return await asyncio.to_thread(check_new_commands, analysis, self.settings.lint_for(analysis.path))

    async def diagnostics_of(self, document: OpenDocument) -> list[types.Diagnostic]:
        """Those of the text and those of its last run."""
        analysis = await document.analysis()
        if self.pulls_diagnostics and not self.client.can_refresh_diagnostics():
            await self._learn(analysis)
        else:
            self._shellcheck_soon(document)
        found = await asyncio.to_thread(
            diagnostics, await self._with_known(analysis), document.uri, self.encoding
        )
        overlay = self.runs.overlay(document.uri)
        return found + (overlay.diagnostics(analysis.document.lines, self.encoding) if overlay else [])

    def _shellcheck_soon(self, document: OpenDocument) -> None:
        """Ask shellcheck about an open text, and give its diagnostics again if that says something new."""
        if document not in self._shellchecking:
            self._shellchecking[document] = asyncio.create_task(self._shellcheck(document))

    async def _shellcheck(self, document: OpenDocument) -> None:
        asked = None
        try:
            while (analysis := await document.analysis()) is not asked:
                await asyncio.sleep(_TYPING_PAUSE)
                if not document.is_analysed_by(analysis):
                    continue
                asked = analysis
                if await self._learn(analysis) and self.documents.get(document.uri) is document:
                    self.publish_soon(document)
                    self.client.refresh_diagnostics()
        finally:
            del self._shellchecking[document]

    def publish_soon(self, document: OpenDocument) -> None:
        """Push a document's diagnostics: when those have been that are under way, they may not have seen this
        change."""
        if self.pulls_diagnostics:
            return
        self._unpublished.add(document)
        if document not in self._publishing:
            self._publishing[document] = asyncio.create_task(self._publish(document))

    def callers_soon(self, path: Path | None) -> None:
        """Have the open callers of a file looked at again, if they see something else of it than before."""
        for caller in self.documents.callers(path):
            caller.doubt()
            if caller not in self._callers:
                self._callers[caller] = asyncio.create_task(self._look_again(caller))

    async def _look_again(self, caller: OpenDocument) -> None:
        try:
            before = caller.last_analysis
            if await caller.analysis() is not before:
                self.publish_soon(caller)
                self.client.refresh_diagnostics()
        finally:
            del self._callers[caller]

    def say_again(self) -> None:
        """Give all diagnostics, hints and lenses again: what is wanted of them may have changed."""
        for document in self.documents:
            self.publish_soon(document)
        self.client.refresh_diagnostics()
        self.client.refresh_hints()
        self.client.refresh_lenses()

    async def _publish(self, document: OpenDocument) -> None:
        try:
            while document in self._unpublished:
                self._unpublished.discard(document)
                version = document.version
                found = await self.diagnostics_of(document)
                if self.documents.get(document.uri) is not document:
                    return
                if version == document.version:
                    params = types.PublishDiagnosticsParams(document.uri, found, version)
                    self.text_document_publish_diagnostics(params)
                else:
                    await asyncio.sleep(_BURST_PAUSE)
        finally:
            self._unpublished.discard(document)
            del self._publishing[document]

    async def read_settings(self) -> None:
        """Ask the client for its settings, if it can be asked."""
        workspace = self.client_capabilities.workspace
        if workspace is None or not workspace.configuration:
            return
        item = types.ConfigurationItem(section=settings.SECTION)
        with contextlib.suppress(Exception):
            answer = await self.workspace_configuration_async(types.ConfigurationParams([item]))
            self.settings = settings.read(answer[0] if answer else None)


def pulls_diagnostics(client: types.ClientCapabilities) -> bool:
    """Whether a client says that it asks for diagnostics."""
    return client.text_document is not None and client.text_document.diagnostic is not None


def create_server() -> Server:
    """A server with all its features, ready to be started."""
    server = Server()
    register(server)
    return server
