"""Answers `textDocument/hover`."""

from __future__ import annotations

from duckflux.ide.hover import hover
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.positions import to_offset, to_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    @state.documents.from_analysis
    def hovered(params: types.HoverParams, analysis: Analysis) -> types.Hover | None:
        lines = analysis.document.lines
        found = hover(analysis, to_offset(lines, params.position, state.encoding))
        if found is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(contents, to_range(lines, found.start, found.end, state.encoding))
