"""Answers `workspace/textDocumentContent`: traces as texts, at addresses `duckflux-trace:TITLE?PATH`."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs import traces as run_traces
from ..server_state import ServerState

SCHEME = "duckflux-trace"


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(
        types.WORKSPACE_TEXT_DOCUMENT_CONTENT, types.TextDocumentContentRegistrationOptions(schemes=[SCHEME])
    )
    async def text_document_content(
        params: types.TextDocumentContentParams,
    ) -> types.TextDocumentContentResult:
        return types.TextDocumentContentResult(await run_traces.text(_trace_of(params.uri)))


def _trace_of(uri: str) -> Path:
    """Return the path of the trace that an address names."""
    from urllib.parse import unquote

    return Path(unquote(uri.partition("?")[2]))
