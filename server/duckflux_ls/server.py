"""Wiring: which handler answers which message, and what happens at the start and the end of the server's life."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from typing import Any

from duckflux.version import __version__
from lsprotocol import types
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter
from pygls.protocol.json_rpc import JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage
from pygls.protocol.language_server import lsp_method

from . import commands, settings
from .client import Client
from .documents import Documents, OpenDocument
from .features.code_action import RUN_KIND, code_actions
from .features.code_lens import code_lenses
from .features.completion import completions
from .features.completion.candidate import Candidate
from .features.completion.items import items
from .features.diagnostics import diagnostics
from .features.hover import hover
from .features.inlay_hint import inlay_hints
from .features.signature_help import signature_help
from .positions import to_offset, to_range
from .runs.manager import Runs

log = logging.getLogger(__name__)

# How long a run waits for the settings of a client that was only just connected.
_SETTINGS_SECONDS = 2.0


def converter() -> Any:
    """pygls' converter, with the parameters of messages beyond LSP left as the JSON they are."""
    made = default_converter()  # type: ignore[no-untyped-call]
    for message in (JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage):
        made.register_structure_hook(message, lambda fields, kind: kind(**fields))
    return made


class Protocol(LanguageServerProtocol):
    """pygls' protocol without its own copies of the texts: `documents` holds them, with LSP's line ends."""

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
        self.settings = settings.Settings()
        self.runs = Runs(Client(self))
        self.settings_read: asyncio.Task[None] | None = None
        self._publishing: dict[OpenDocument, asyncio.Task[None]] = {}
        self._offered: tuple[int, list[Candidate]] = (0, [])

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
        await self.runs.end_all()
        self.shutdown()  # type: ignore[no-untyped-call]

    @property
    def encoding(self) -> types.PositionEncodingKind | str:
        return self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16

    @property
    def pulls_diagnostics(self) -> bool:
        """Whether the client asks for diagnostics itself; then they are never pushed."""
        capabilities = self.client_capabilities.text_document
        return capabilities is not None and capabilities.diagnostic is not None

    async def diagnostics_of(self, document: OpenDocument) -> list[types.Diagnostic]:
        """Those of the text and those of its last run."""
        analysis = await document.analysis()
        found = diagnostics(analysis, document.uri, self.encoding)
        overlay = self.runs.overlay(document.uri)
        return found + (overlay.diagnostics(analysis.document.lines, self.encoding) if overlay else [])

    def publish_soon(self, document: OpenDocument) -> None:
        """Push a document's diagnostics, unless that is already under way and will see this change."""
        if self.pulls_diagnostics or document in self._publishing:
            return
        self._publishing[document] = asyncio.create_task(self._publish(document))

    async def _publish(self, document: OpenDocument) -> None:
        version = None
        try:
            while version != document.version:
                version = document.version
                found = await self.diagnostics_of(document)
                if self.documents.get(document.uri) is not document:
                    return
                if version == document.version:
                    params = types.PublishDiagnosticsParams(document.uri, found, version)
                    self.text_document_publish_diagnostics(params)
        finally:
            del self._publishing[document]

    def offer(self, document: OpenDocument, position: types.Position) -> types.CompletionList:
        """The completions at a position; their docs are kept until the next ones are asked for."""
        offset = to_offset(document.lines, position, self.encoding)
        key = self._offered[0] + 1
        self._offered = key, completions(document.lines, offset, document.path, document.last_analysis)
        listed = items(
            self._offered[1], document.lines, self.encoding, snippets=self._knows_snippets, key=key
        )
        return types.CompletionList(is_incomplete=False, items=listed)

    def doc_of(self, data: object) -> str | None:
        """The docs of a completion that was just offered."""
        match data:
            case [key, int(index)] if key == self._offered[0] and index < len(self._offered[1]):
                return self._offered[1][index].doc
            case _:
                return None

    @property
    def _knows_snippets(self) -> bool:
        capabilities = self.client_capabilities.text_document
        item = capabilities.completion.completion_item if capabilities and capabilities.completion else None
        return bool(item and item.snippet_support)

    async def read_settings(self) -> None:
        """Ask the client for its settings, if it can be asked."""
        workspace = self.client_capabilities.workspace
        if workspace is None or not workspace.configuration:
            return
        item = types.ConfigurationItem(section=settings.SECTION)
        with contextlib.suppress(Exception):
            answer = await self.workspace_configuration_async(types.ConfigurationParams([item]))
            self.settings = settings.read(answer[0] if answer else None)


def create_server() -> Server:
    """A server with all its features, ready to be started."""
    server = Server()
    _lifecycle(server)
    _texts(server)
    _features(server)
    _typing(server)
    _commands(server)
    return server


def _lifecycle(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        options = params.initialization_options
        if isinstance(options, dict):
            server.runs.trusted = options.get("trusted", True) is not False
            server.settings = settings.read(options)

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        server.settings_read = asyncio.create_task(server.read_settings())

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configuration_changed(params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, dict):
            server.settings = settings.read(params.settings.get(settings.SECTION))
        await server.read_settings()

    @server.feature("duckflux/didChangeTrust")
    def trust_changed(params: Any) -> None:
        server.runs.trusted = isinstance(params, dict) and params.get("trusted") is True

    @server.feature(types.SHUTDOWN)
    async def shutdown(params: None) -> None:
        await server.runs.end_all()


def _texts(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        document = server.documents.open(params.text_document)
        if document is None:
            return
        overlay = server.runs.overlay(document.uri)
        if overlay is not None:
            overlay.reopened(document.text)
        server.publish_soon(document)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return
        overlay = server.runs.overlay(document.uri)
        for change in params.content_changes:
            edit = document.apply(change, server.encoding)
            if overlay is not None:
                overlay.edit(edit, document.text)
        document.version = params.text_document.version
        server.publish_soon(document)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        if server.documents.get(uri) is None:
            return
        server.documents.close(uri)
        if not server.pulls_diagnostics:
            server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))


def _features(server: Server) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        types.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=False, identifier="duckflux"
        ),
    )
    async def diagnostic(params: types.DocumentDiagnosticParams) -> types.RelatedFullDocumentDiagnosticReport:
        document = server.documents.get(params.text_document.uri)
        found = await server.diagnostics_of(document) if document is not None else []
        return types.RelatedFullDocumentDiagnosticReport(items=found)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=False))
    async def code_lens(params: types.CodeLensParams) -> list[types.CodeLens]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        running = server.runs.is_running(document.uri)
        return code_lenses(await document.analysis(), document.uri, running, server.encoding)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[RUN_KIND]))
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        return code_actions(await document.analysis(), params, server.runs.is_running(document.uri))

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions(resolve_provider=False))
    def inlay_hint(params: types.InlayHintParams) -> list[types.InlayHint]:
        document = server.documents.get(params.text_document.uri)
        overlay = server.runs.overlay(params.text_document.uri)
        if document is None or overlay is None:
            return []
        return inlay_hints(overlay, document.lines, params.range, server.encoding)


def _typing(server: Server) -> None:
    """What is asked with every key. Answered from the text as it is, without waiting for its analysis."""

    @server.feature(
        types.TEXT_DOCUMENT_COMPLETION,
        types.CompletionOptions(trigger_characters=[*".:/$\"'- "], resolve_provider=True),
    )
    def completion(params: types.CompletionParams) -> types.CompletionList | None:
        document = server.documents.get(params.text_document.uri)
        return server.offer(document, params.position) if document is not None else None

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolve(item: types.CompletionItem) -> types.CompletionItem:
        doc = server.doc_of(item.data)
        if doc:
            item.documentation = types.MarkupContent(types.MarkupKind.Markdown, doc)
        return item

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["("], retrigger_characters=[","]),
    )
    def signatures(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        offset = to_offset(document.lines, params.position, server.encoding)
        return signature_help(document.lines, offset, document.last_analysis)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        analysis = await document.analysis()
        lines = analysis.document.lines
        found = hover(analysis, to_offset(lines, params.position, server.encoding))
        if found is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(contents, to_range(lines, found.start, found.end, server.encoding))


def _commands(server: Server) -> None:
    @server.command(commands.RUN)
    async def run(arguments: dict[str, Any]) -> dict[str, Any]:
        document = server.documents.get(str(arguments.get("uri")))
        given = arguments.get("inputs")
        if server.settings_read is not None:
            await asyncio.wait({server.settings_read}, timeout=_SETTINGS_SECONDS)
        return await server.runs.start(document, given if isinstance(given, dict) else {}, server.settings)

    @server.command(commands.CANCEL)
    def cancel(arguments: dict[str, Any]) -> bool:
        return server.runs.cancel(str(arguments.get("uri")))

    @server.command(commands.LAST_TRACE)
    def last_trace(arguments: dict[str, Any]) -> dict[str, Any]:
        overlay = server.runs.overlay(str(arguments.get("uri")))
        return {"tracePath": str(overlay.trace_path) if overlay and overlay.trace_path else None}
