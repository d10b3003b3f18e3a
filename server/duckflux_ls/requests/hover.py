"""Answers `textDocument/hover`, with the values of the last run."""

from __future__ import annotations

import asyncio

from duckflux.ide.hover import hover
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.positions import to_offset, to_range
from ..session.scratches import OpenScratch
from . import scratch_commands


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    async def hovered_in_scratch(params: types.HoverParams, scratch: OpenScratch) -> types.Hover | None:
        return await scratch_commands.hover(state, scratch, params.position)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    @state.scratches.answered_by(hovered_in_scratch)
    @state.documents.with_analysis
    async def hovered(
        params: types.HoverParams, document: OpenDocument, analysis: Analysis
    ) -> types.Hover | None:
        lines = analysis.document.lines
        offset = to_offset(lines, params.position, state.encoding)
        run = await state.last_run_of(document)
        found = await asyncio.to_thread(hover, analysis, offset, run)
        if found is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(contents, to_range(lines, found.start, found.end, state.encoding))
