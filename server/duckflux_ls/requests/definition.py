"""Answers `textDocument/definition`: from a name to its definition, from a path to its file."""

from __future__ import annotations

from duckflux.ide.definitions import definitions
from duckflux.ide.occurrences import WorkflowOccurrences
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import to_location


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    @state.with_occurrences
    async def definition(
        params: types.DefinitionParams, occurrences: WorkflowOccurrences, offset: int
    ) -> list[types.Location]:
        workflows = await state.workflows_naming(occurrences, offset)
        found = definitions(occurrences, offset, workflows)
        return [to_location(target, state.encoding, state.documents.uri_of) for target in found]
