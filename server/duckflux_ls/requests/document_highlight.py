"""Answers `textDocument/documentHighlight`."""

from __future__ import annotations

from duckflux.ide.occurrences import WorkflowOccurrences
from duckflux.ide.references import highlights
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import reference_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    @state.with_occurrences
    async def highlighted(
        params: types.DocumentHighlightParams, occurrences: WorkflowOccurrences, offset: int
    ) -> list[types.DocumentHighlight]:
        write, read = types.DocumentHighlightKind.Write, types.DocumentHighlightKind.Read
        return [
            types.DocumentHighlight(
                reference_range(reference, state.encoding), write if reference.occurrence.defines else read
            )
            for reference in highlights(occurrences, offset)
        ]
