"""Answers `textDocument/selectionRange`."""

from __future__ import annotations

from duckflux.ide.selection_ranges import selection_ranges
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.positions import Encoding, to_offset, to_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_SELECTION_RANGE)
    @state.documents.from_analysis
    def selection_range(params: types.SelectionRangeParams, analysis: Analysis) -> list[types.SelectionRange]:
        lines = analysis.document.lines
        offsets = [to_offset(lines, position, state.encoding) for position in params.positions]
        return [_selection_range(analysis, offset, state.encoding) for offset in offsets]


def _selection_range(analysis: Analysis, offset: int, encoding: Encoding) -> types.SelectionRange:
    """Return the smallest range around an offset, with the larger ones as its parents."""
    lines = analysis.document.lines
    found: types.SelectionRange | None = None
    for range_ in reversed(selection_ranges(analysis, offset)):
        found = types.SelectionRange(to_range(lines, *range_, encoding), parent=found)
    return found or types.SelectionRange(to_range(lines, offset, offset, encoding))
