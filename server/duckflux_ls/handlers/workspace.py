"""What is asked of all workflows together: links, symbols, who calls whom, and what follows a moved file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from duckflux.language.workflow_files import WORKFLOW_SUFFIXES
from lsprotocol import types

from ..documents import path_of
from ..features import call_hierarchy
from ..features.document_link import document_links
from ..features.will_rename_files import will_rename_files
from ..features.workspace_symbol import workspace_symbols
from .names import named_at

if TYPE_CHECKING:
    from ..server import Server

_WORKFLOWS_AND_FOLDERS = types.FileOperationRegistrationOptions(
    [types.FileOperationFilter(types.FileOperationPattern(f"**/*{suffix}")) for suffix in WORKFLOW_SUFFIXES]
    + [types.FileOperationFilter(types.FileOperationPattern("**", types.FileOperationPatternKind.Folder))]
)


def register(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK, types.DocumentLinkOptions())
    async def linked(params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        return await asyncio.to_thread(document_links, await server.names.of(document), server.encoding)

    @server.feature(types.WORKSPACE_SYMBOL)
    async def found(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        return workspace_symbols(params.query, await server.names.everywhere(), server.encoding)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY)
    async def hierarchy(params: types.CallHierarchyPrepareParams) -> list[types.CallHierarchyItem]:
        here = await named_at(server, params)
        if here is None:
            return []
        return call_hierarchy.prepare(*here, await server.names.everywhere(), server.encoding)

    @server.feature(types.CALL_HIERARCHY_INCOMING_CALLS)
    async def callers(
        params: types.CallHierarchyIncomingCallsParams,
    ) -> list[types.CallHierarchyIncomingCall]:
        names = await server.names.at(params.item.uri)
        if names is None:
            return []
        return call_hierarchy.incoming(params.item, names, await server.names.everywhere(), server.encoding)

    @server.feature(types.CALL_HIERARCHY_OUTGOING_CALLS)
    async def callees(
        params: types.CallHierarchyOutgoingCallsParams,
    ) -> list[types.CallHierarchyOutgoingCall]:
        names = await server.names.at(params.item.uri)
        if names is None:
            return []
        return call_hierarchy.outgoing(params.item, names, await server.names.everywhere(), server.encoding)

    @server.feature(types.WORKSPACE_WILL_RENAME_FILES, _WORKFLOWS_AND_FOLDERS)
    async def moving(params: types.RenameFilesParams) -> types.WorkspaceEdit | None:
        moved = {
            old: new
            for one in params.files
            if (old := path_of(one.old_uri)) is not None and (new := path_of(one.new_uri)) is not None
        }
        return will_rename_files(moved, await server.names.everywhere(), server.encoding)
