"""Answers requests of the language server in this process, with everything in one thread."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from duckflux_ls.app.server import create_server
from duckflux_ls.session.positions import to_position
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .constructs import CURSOR


class Opened(NamedTuple):
    """A document of the server, with its positions."""

    id: types.TextDocumentIdentifier
    cursor: types.Position
    whole: types.Range


Parameters: TypeAlias = Callable[[Opened], Any]
_ACTION = types.CodeActionContext([])
_FIX_ALL = types.CodeActionContext([], [types.CodeActionKind.SourceFixAll])
_STYLE = types.FormattingOptions(2, True)

REQUESTS: dict[str, tuple[str, Parameters]] = {
    "diagnostics": ("textDocument/diagnostic", lambda o: types.DocumentDiagnosticParams(o.id)),
    "symbols": ("textDocument/documentSymbol", lambda o: types.DocumentSymbolParams(o.id)),
    "folds": ("textDocument/foldingRange", lambda o: types.FoldingRangeParams(o.id)),
    "tokens": ("textDocument/semanticTokens/full", lambda o: types.SemanticTokensParams(o.id)),
    "changed tokens": (
        "textDocument/semanticTokens/full/delta",
        lambda o: types.SemanticTokensDeltaParams(o.id, ""),
    ),
    "tokens of a range": (
        "textDocument/semanticTokens/range",
        lambda o: types.SemanticTokensRangeParams(o.id, o.whole),
    ),
    "hover": ("textDocument/hover", lambda o: types.HoverParams(o.id, o.cursor)),
    "completion": ("textDocument/completion", lambda o: types.CompletionParams(o.id, o.cursor)),
    "signature": ("textDocument/signatureHelp", lambda o: types.SignatureHelpParams(o.id, o.cursor)),
    "definition": ("textDocument/definition", lambda o: types.DefinitionParams(o.id, o.cursor)),
    "declaration": ("textDocument/declaration", lambda o: types.DeclarationParams(o.id, o.cursor)),
    "type definition": ("textDocument/typeDefinition", lambda o: types.TypeDefinitionParams(o.id, o.cursor)),
    "references": (
        "textDocument/references",
        lambda o: types.ReferenceParams(types.ReferenceContext(True), o.id, o.cursor),
    ),
    "highlights": ("textDocument/documentHighlight", lambda o: types.DocumentHighlightParams(o.id, o.cursor)),
    "linked ranges": (
        "textDocument/linkedEditingRange",
        lambda o: types.LinkedEditingRangeParams(o.id, o.cursor),
    ),
    "prepared rename": ("textDocument/prepareRename", lambda o: types.PrepareRenameParams(o.id, o.cursor)),
    "rename": ("textDocument/rename", lambda o: types.RenameParams(o.id, o.cursor, "renamed")),
    "actions": (
        "textDocument/codeAction",
        lambda o: types.CodeActionParams(o.id, types.Range(o.cursor, o.cursor), _ACTION),
    ),
    "actions of the file": (
        "textDocument/codeAction",
        lambda o: types.CodeActionParams(o.id, o.whole, _ACTION),
    ),
    "all fixes": ("textDocument/codeAction", lambda o: types.CodeActionParams(o.id, o.whole, _FIX_ALL)),
    "lenses": ("textDocument/codeLens", lambda o: types.CodeLensParams(o.id)),
    "hints": ("textDocument/inlayHint", lambda o: types.InlayHintParams(o.id, o.whole)),
    "links": ("textDocument/documentLink", lambda o: types.DocumentLinkParams(o.id)),
    "selections": ("textDocument/selectionRange", lambda o: types.SelectionRangeParams(o.id, [o.cursor])),
    "formatting": ("textDocument/formatting", lambda o: types.DocumentFormattingParams(o.id, _STYLE)),
    "formatting of a range": (
        "textDocument/rangeFormatting",
        lambda o: types.DocumentRangeFormattingParams(o.id, o.whole, _STYLE),
    ),
    "formatting while typing": (
        "textDocument/onTypeFormatting",
        lambda o: types.DocumentOnTypeFormattingParams(o.id, o.cursor, "\n", _STYLE),
    ),
    "calls": (
        "textDocument/prepareCallHierarchy",
        lambda o: types.CallHierarchyPrepareParams(o.id, o.cursor),
    ),
    "workspace symbols": ("workspace/symbol", lambda o: types.WorkspaceSymbolParams("")),
}


class _Inline(ThreadPoolExecutor):
    """Runs what is submitted at once, in the thread that submits it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


class Server:
    """A server without a client."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(_Inline(1))
        self._server = create_server()
        protocol = self._server.protocol
        protocol.set_writer(io.BytesIO())
        protocol._loop = self._loop
        capabilities = types.ClientCapabilities(
            text_document=types.TextDocumentClientCapabilities(
                diagnostic=types.DiagnosticClientCapabilities()
            )
        )
        initialize = types.InitializeRequest(
            1, types.InitializeParams(capabilities, root_uri=folder.as_uri())
        )
        protocol.handle_message(initialize)

    def open(self, text: str, name: str) -> Opened:
        """Open a text with a cursor in it."""
        before, found, after = text.partition(CURSOR)
        assert found
        uri = (self._folder / name).as_uri()
        document = self._server.state.documents.open(
            types.TextDocumentItem(uri, "duckflux", 1, before + after)
        )
        assert document is not None
        lines, encoding = document.lines, self._server.state.encoding
        end = to_position(lines, len(document.text), encoding)
        return Opened(
            types.TextDocumentIdentifier(uri),
            to_position(lines, len(before), encoding),
            types.Range(types.Position(0, 0), end),
        )

    def answer(self, request: str, opened: Opened) -> Any:
        """Return the answer to a request."""
        method, parameters = REQUESTS[request]
        handler = self._server.protocol.fm.features[method]
        try:
            return self._loop.run_until_complete(self._answer(handler, parameters(opened)))
        except JsonRpcException as refusal:
            return refusal

    def close(self) -> None:
        """End its event loop, with what is still to be done."""
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _answer(self, handler: Any, parameters: Any) -> Any:
        answer = handler(parameters)
        return await answer if asyncio.iscoroutine(answer) else answer
