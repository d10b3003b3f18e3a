"""Answers `textDocument/prepareRename`."""

from __future__ import annotations

from duckflux.ide.occurrences import WorkflowOccurrences
from duckflux.ide.rename import renamable
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.positions import to_range
from .rename import showing_reason


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    @state.with_occurrences
    async def prepare_rename(
        params: types.PrepareRenameParams, occurrences: WorkflowOccurrences, offset: int
    ) -> types.PrepareRenamePlaceholder:
        with showing_reason():
            occurrence = renamable(occurrences, offset)
        range_ = to_range(
            occurrences.analysis.document.lines, *occurrences.range_of(occurrence), state.encoding
        )
        return types.PrepareRenamePlaceholder(range_, occurrence.symbol.name)
