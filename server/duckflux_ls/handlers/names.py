"""What is asked about names: definitions, references, highlights, renaming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException

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


class _OfPlace(Protocol):
    """What is asked of a place in a text."""

    text_document: types.TextDocumentIdentifier
    position: types.Position


async def named_at(server: Server, params: _OfPlace) -> tuple[Names, int] | None:
    """The names of the text that a question is about, and the offset; None for a text that is not open."""
    document = server.documents.get(params.text_document.uri)
    if document is None:
        return None
    names = await server.names.of(document)
    return names, to_offset(names.analysis.document.lines, params.position, server.encoding)


def register(server: Server) -> None:
    async def files(names: Names, offset: int) -> Sequence[AnyNames]:
        """The workflows in which the name at an offset may stand."""
        here = names.at(offset)
        if here is None or not is_shared(here.symbol):
            return [names]
        return await server.names.everywhere()

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: types.DefinitionParams) -> list[types.Location]:
        here = await named_at(server, params)
        return definition(*here, await files(*here), server.encoding) if here else []

    @server.feature(types.TEXT_DOCUMENT_DECLARATION)
    async def declared(params: types.DeclarationParams) -> list[types.Location]:
        here = await named_at(server, params)
        return declaration(*here, await files(*here), server.encoding) if here else []

    @server.feature(types.TEXT_DOCUMENT_TYPE_DEFINITION)
    async def typed(params: types.TypeDefinitionParams) -> list[types.Location]:
        here = await named_at(server, params)
        return type_definition(*here, server.encoding) if here else []

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def referred(params: types.ReferenceParams) -> list[types.Location]:
        here = await named_at(server, params)
        if here is None:
            return []
        declaration = params.context.include_declaration
        return references(*here, await files(*here), server.encoding, declaration=declaration)

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    async def highlighted(params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
        here = await named_at(server, params)
        return highlights(*here, server.encoding) if here else []

    @server.feature(types.TEXT_DOCUMENT_LINKED_EDITING_RANGE)
    async def linked(params: types.LinkedEditingRangeParams) -> types.LinkedEditingRanges | None:
        here = await named_at(server, params)
        return linked_editing_ranges(*here, server.encoding) if here else None

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def may_be_renamed(params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder | None:
        here = await named_at(server, params)
        if here is None:
            return None
        with _refusing():
            one = renamable(*here)
        return types.PrepareRenamePlaceholder(Found(here[0], one).range(server.encoding), one.symbol.name)

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def renamed(params: types.RenameParams) -> types.WorkspaceEdit | None:
        here = await named_at(server, params)
        if here is None:
            return None
        with _refusing():
            return rename(*here, params.new_name, await files(*here), server.encoding)
