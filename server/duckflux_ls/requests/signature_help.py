"""Answers `textDocument/signatureHelp`, from the text as it is, without waiting for its analysis."""

from __future__ import annotations

from duckflux.ide.signature_help import signature_help
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.positions import to_offset


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["("], retrigger_characters=[","]),
    )
    @state.documents.with_document
    async def signatures(
        params: types.SignatureHelpParams, document: OpenDocument
    ) -> types.SignatureHelp | None:
        offset = to_offset(document.lines, params.position, state.encoding)
        found = signature_help(document.lines, offset, document.last_analysis)
        if found is None:
            return None
        informations = [
            types.SignatureInformation(
                label=signature.label,
                documentation=types.MarkupContent(types.MarkupKind.Markdown, signature.doc),
                parameters=[types.ParameterInformation(label=name) for name in signature.parameters],
            )
            for signature in found.signatures
        ]
        return types.SignatureHelp(informations, found.active, found.parameter)
