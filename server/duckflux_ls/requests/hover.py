"""Answers `textDocument/hover`, with the values of the last run, and the command that chooses their iteration."""

from __future__ import annotations

import asyncio
from typing import Any

from duckflux.ide.hover import hover
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session import command_names
from ..session.documents import OpenDocument
from ..session.positions import to_offset, to_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
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

    @server.command(command_names.SHOW_ITERATION)
    def show_iteration(arguments: dict[str, Any]) -> None:
        iteration = arguments.get("iteration")
        chosen = iteration if isinstance(iteration, int) else None
        state.last_runs.choose_iteration(str(arguments.get("uri")), chosen)
