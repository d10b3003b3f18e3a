"""Answers `textDocument/linkedEditingRange`."""

from __future__ import annotations

from duckflux.ide.linked_editing import WORD_PATTERN, linked_ranges
from duckflux.ide.occurrences import WorkflowOccurrences
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.positions import to_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_LINKED_EDITING_RANGE)
    @state.with_occurrences
    async def linked(
        params: types.LinkedEditingRangeParams, occurrences: WorkflowOccurrences, offset: int
    ) -> types.LinkedEditingRanges | None:
        lines = occurrences.analysis.document.lines
        found = [to_range(lines, *one, state.encoding) for one in linked_ranges(occurrences, offset)]
        return types.LinkedEditingRanges(found, WORD_PATTERN) if found else None
