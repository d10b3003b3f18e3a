"""Answers `textDocument/inlayHint` and `inlayHint/resolve`."""

from __future__ import annotations

from duckflux.ide.inlay_hints import inlay_hints
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs.overlay import Overlay
from ..runs.result_hints import ResultHints
from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.positions import to_position


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

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
            made_from = await hints_of(document.uri, overlay)
            hints = made_from.hints(document.lines, params.range, state.encoding, lazy)
        # The results of a run come first.
        taken = {hint.position.line for hint in hints}
        first, last = params.range.start.line, params.range.end.line
        for hint in inlay_hints(analysis, first, last, state.settings.hints):
            position = to_position(analysis.document.lines, hint.offset, state.encoding)
            if position.line not in taken:
                hints.append(types.InlayHint(position, hint.label, tooltip=hint.tooltip, padding_left=True))
        return hints

    @server.feature(types.INLAY_HINT_RESOLVE)
    async def resolve(hint: types.InlayHint) -> types.InlayHint:
        match hint.data:
            case [str(uri), str(step)] if (overlay := state.runs.overlay(uri)) is not None:
                hint.tooltip = (await hints_of(uri, overlay)).tooltip(step)
        return hint

    async def hints_of(uri: str, overlay: Overlay) -> ResultHints:
        """Return what the hints of a document are made from."""
        # A URI for links to what steps print, where the client has a command for it.
        output_of = uri if state.client.shows_step_output else None
        document = state.documents.get(uri)
        before = state.comparisons.before(uri)
        run = None
        if document is not None and before is None and state.settings.hints.median:
            run = await state.last_run_of(document, wait=False)
        return ResultHints(overlay, before, run.run.medians if run is not None else {}, output_of)
