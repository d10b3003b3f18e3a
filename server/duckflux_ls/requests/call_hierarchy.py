"""Answers `textDocument/prepareCallHierarchy`, and the incoming and outgoing calls of an item."""

from __future__ import annotations

from duckflux.ide.call_hierarchy import (
    HierarchyCall,
    HierarchyItem,
    hierarchy_items,
    incoming_calls,
    outgoing_calls,
)
from duckflux.ide.occurrences import WorkflowOccurrences
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import reference_range
from ..session.positions import FILE_START, Encoding


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    @server.feature(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)
    @state.with_occurrences
    async def prepare(
        params: types.CallHierarchyPrepareParams, occurrences: WorkflowOccurrences, offset: int
    ) -> list[types.CallHierarchyItem]:
        found = hierarchy_items(occurrences, offset, await state.occurrences.everywhere())
        return [_to_item(item, state.encoding) for item in found]

    @server.feature(types.CALL_HIERARCHY_INCOMING_CALLS)
    async def incoming(
        params: types.CallHierarchyIncomingCallsParams,
    ) -> list[types.CallHierarchyIncomingCall]:
        occurrences = await state.occurrences.at(params.item.uri)
        if occurrences is None:
            return []
        calls = incoming_calls(_step_of(params.item), occurrences, await state.occurrences.everywhere())
        return [
            types.CallHierarchyIncomingCall(
                _to_item(call.item, state.encoding), _ranges(call, state.encoding)
            )
            for call in calls
        ]

    @server.feature(types.CALL_HIERARCHY_OUTGOING_CALLS)
    async def outgoing(
        params: types.CallHierarchyOutgoingCallsParams,
    ) -> list[types.CallHierarchyOutgoingCall]:
        occurrences = await state.occurrences.at(params.item.uri)
        if occurrences is None:
            return []
        calls = outgoing_calls(_step_of(params.item), occurrences, await state.occurrences.everywhere())
        return [
            types.CallHierarchyOutgoingCall(
                _to_item(call.item, state.encoding), _ranges(call, state.encoding)
            )
            for call in calls
        ]


def _to_item(item: HierarchyItem, encoding: Encoding) -> types.CallHierarchyItem:
    uri = item.workflow.uri
    if item.definition is not None:
        range_ = reference_range(item.definition, encoding)
        return types.CallHierarchyItem(item.name, types.SymbolKind.Function, uri, range_, range_)
    return types.CallHierarchyItem(
        name=item.name,
        kind=types.SymbolKind.Module,
        uri=uri,
        range=FILE_START,
        selection_range=FILE_START,
        detail=item.workflow.file_name,
    )


def _step_of(item: types.CallHierarchyItem) -> str | None:
    """Return the name of the step that an item is; None for a workflow."""
    return item.name if item.kind == types.SymbolKind.Function else None


def _ranges(call: HierarchyCall, encoding: Encoding) -> list[types.Range]:
    return [reference_range(reference, encoding) for reference in call.references]
