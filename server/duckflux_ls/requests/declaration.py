"""Answers `textDocument/declaration`: the first definition of a name."""

from __future__ import annotations

from duckflux.ide.definitions import declarations
from duckflux.ide.occurrences import WorkflowOccurrences
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import to_location


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_DECLARATION)
    @state.with_occurrences
    async def declaration(
        params: types.DeclarationParams, occurrences: WorkflowOccurrences, offset: int
    ) -> list[types.Location]:
        workflows = await state.workflows_naming(occurrences, offset)
        found = declarations(occurrences, offset, workflows)
        return [to_location(target, state.encoding, state.documents.uri_of) for target in found]
