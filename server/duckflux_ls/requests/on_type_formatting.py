"""Answers `textDocument/onTypeFormatting`: formats the line that was just left."""

from __future__ import annotations

from contextlib import suppress

from duckflux.ide.formatting import Unformattable, edits_within
from duckflux.language.analysis import Analysis
from duckflux.language.syntax.edits import TextEdit
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session.conversions import to_text_edits


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handler to the server."""

    @server.feature(
        types.TEXT_DOCUMENT_ON_TYPE_FORMATTING,
        types.DocumentOnTypeFormattingOptions(first_trigger_character="\n"),
    )
    @state.documents.from_analysis
    def on_type_formatting(
        params: types.DocumentOnTypeFormattingParams, analysis: Analysis
    ) -> list[types.TextEdit]:
        edits: tuple[TextEdit, ...] = ()
        with suppress(Unformattable):
            edits = edits_within(analysis.document, {params.position.line - 1})
        return to_text_edits(analysis.document.lines, edits, state.encoding)
