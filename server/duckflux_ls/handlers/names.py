"""What is asked about names: definitions, references, highlights, renaming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ..documents import OpenDocument
from ..features.definition import declaration, definition
from ..features.linked_editing_range import linked_editing_ranges
from ..features.names import AnyNames, Found, Names, is_shared
from ..features.references import highlights, references
from ..features.rename import RenameError, renamable, rename
from ..features.type_definition import type_definition
from ..positions import to_offset

if TYPE_CHECKING:
    from ..server import Server


class _RefusedError(JsonRpcException):
    """LSP's RequestFailed: the client shows the sentence."""

    CODE = types.LSPErrorCodes.RequestFailed.value


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except RenameError as reason:
        raise _RefusedError(str(reason)) from None


def register(server: Server) -> None:
    async def at(document: OpenDocument, position: types.Position) -> tuple[Names, int]:
        names = await server.names.of(document)
        return names, to_offset(names.analysis.document.lines, position, server.encoding)

    async def files(names: Names, offset: int) -> Sequence[AnyNames]:
        """The workflows in which the name at an offset may stand."""
        here = names.at(offset)
        if here is None or not is_shared(here.symbol):
            return [names]
        return await server.names.everywhere()

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: types.DefinitionParams) -> list[types.Location]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        names, offset = await at(document, params.position)
        return definition(names, offset, await files(names, offset), server.encoding)

    @server.feature(types.TEXT_DOCUMENT_DECLARATION)
    async def declared(params: types.DeclarationParams) -> list[types.Location]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        names, offset = await at(document, params.position)
        return declaration(names, offset, await files(names, offset), server.encoding)

    @server.feature(types.TEXT_DOCUMENT_TYPE_DEFINITION)
    async def typed(params: types.TypeDefinitionParams) -> list[types.Location]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        return type_definition(*await at(document, params.position), server.encoding)

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def referred(params: types.ReferenceParams) -> list[types.Location]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        names, offset = await at(document, params.position)
        declaration = params.context.include_declaration
        everywhere = await files(names, offset)
        return references(names, offset, everywhere, server.encoding, declaration=declaration)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlighted(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        return highlights(*await at(document, params.position), server.encoding)

    @server.feature(types.TEXT_DOCUMENT_LINKED_EDITING_RANGE)
    async def linked(params: types.LinkedEditingRangeParams) -> types.LinkedEditingRanges | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        return linked_editing_ranges(*await at(document, params.position), server.encoding)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def may_be_renamed(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        names, offset = await at(document, params.position)
        with _refusing():
            here = renamable(names, offset)
        return types.PrepareRenamePlaceholder(Found(names, here).range(server.encoding), here.symbol.name)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def renamed(params: types.RenameParams) -> types.WorkspaceEdit | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        names, offset = await at(document, params.position)
        with _refusing():
            return rename(names, offset, params.new_name, await files(names, offset), server.encoding)
