"""Answers `textDocument/typeDefinition`: from a step to the schema of its output, from an input to its own."""

from __future__ import annotations

from duckflux.ide.occurrences import WorkflowOccurrences
from duckflux.ide.type_definitions import type_definition
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.positions import to_range


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_TYPE_DEFINITION)
    @state.with_occurrences
    async def typed(
        params: types.TypeDefinitionParams, occurrences: WorkflowOccurrences, offset: int
    ) -> list[types.Location]:
        found = type_definition(occurrences, offset)
        if found is None:
            return []
        lines = occurrences.analysis.document.lines
        return [types.Location(occurrences.uri, to_range(lines, *found, state.encoding))]
