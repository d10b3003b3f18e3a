"""Answers `textDocument/inlayHint` and `inlayHint/resolve`."""

from __future__ import annotations

from duckflux.ide.inlay_hints import inlay_hints
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs.result_hints import result_hints, tooltip
from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.positions import to_position


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    def output_of(uri: str) -> str | None:
        """Return a URI for links to what its steps print, None where the client has no command for it."""
        return uri if state.client.shows_step_output else None

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT, types.InlayHintOptions(resolve_provider=True))
    @state.documents.with_analysis
    async def inlay_hint(
        params: types.InlayHintParams, document: OpenDocument, analysis: Analysis
    ) -> list[types.InlayHint]:
        overlay = state.runs.overlay(document.uri)
        lazy = document.uri if state.client.resolves_tooltips else None
        hints: list[types.InlayHint] = []
        if overlay is not None:
            await overlay.compare(analysis)
            hints = result_hints(
                overlay, document.lines, params.range, state.encoding, lazy, output_of(document.uri)
            )
        # The results of a run come first.
        taken = {hint.position.line for hint in hints}
        first, last = params.range.start.line, params.range.end.line
        for hint in inlay_hints(analysis, first, last, state.settings.hints):
            position = to_position(analysis.document.lines, hint.offset, state.encoding)
            if position.line not in taken:
                hints.append(types.InlayHint(position, hint.label, tooltip=hint.tooltip, padding_left=True))
        return hints

    @server.feature(types.INLAY_HINT_RESOLVE)
    def resolve(hint: types.InlayHint) -> types.InlayHint:
        match hint.data:
            case [str(uri), str(step)] if (overlay := state.runs.overlay(uri)) is not None:
                hint.tooltip = tooltip(overlay, step, output_of(uri))
        return hint
