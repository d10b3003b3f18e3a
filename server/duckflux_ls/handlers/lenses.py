"""Lenses: which there are, what they say, and the places that they count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from .. import commands
from ..documents import OpenDocument
from ..features.code_lens import Asked, code_lenses, resolved, uses
from ..features.names import AnyNames, Names, occurrences_of

if TYPE_CHECKING:
    from ..server import Server


def register(server: Server) -> None:
    async def files(names: Names, asked: Asked) -> list[AnyNames]:
        return [names] if asked.kind == "step" else await server.names.everywhere()

    async def is_called(document: OpenDocument) -> bool:
        """Before the workspace has been read nobody knows; when it has, the client is told to ask again."""
        if document.path is None or not server.names.is_ready:
            return False
        names = await server.names.of(document)
        return bool(occurrences_of(names.identity_of_file, await server.names.everywhere()))

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions(resolve_provider=True))
    async def lenses(params: types.CodeLensParams) -> list[types.CodeLens]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        analysis, running = await document.analysis(), server.runs.is_running(document.uri)
        wanted = server.settings.lenses
        called = wanted.callers and await is_called(document)
        return code_lenses(analysis, document.uri, running, server.encoding, wanted, called=called)

    @server.feature(types.CODE_LENS_RESOLVE)
    async def resolve(lens: types.CodeLens) -> types.CodeLens:
        asked = Asked.read(lens.data)
        document = server.documents.get(asked.uri) if asked is not None else None
        if asked is not None and document is not None:
            names = await server.names.of(document)
            lens.command = resolved(names, asked, await files(names, asked))
        return lens

    @server.command(commands.REFERENCES)
    async def places(arguments: dict[str, Any]) -> list[types.Location]:
        asked = Asked.read(arguments)
        document = server.documents.get(asked.uri) if asked is not None else None
        if asked is None or document is None:
            return []
        names = await server.names.of(document)
        return [found.location(server.encoding) for found in uses(names, asked, await files(names, asked))]
