"""Answers `textDocument/references`."""

from __future__ import annotations

from duckflux.ide.occurrences import WorkflowOccurrences
from duckflux.ide.references import references
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import to_location


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    @state.with_occurrences
    async def referenced(
        params: types.ReferenceParams, occurrences: WorkflowOccurrences, offset: int
    ) -> list[types.Location]:
        workflows = await state.workflows_naming(occurrences, offset)
        wanted = params.context.include_declaration
        found = references(occurrences, offset, workflows, include_definitions=wanted)
        return [to_location(reference, state.encoding) for reference in found]
