"""Answers `textDocument/inlayHint` and `inlayHint/resolve`."""

from __future__ import annotations

from duckflux.ide.inlay_hints import inlay_hints
from duckflux.language.analysis import Analysis
from duckflux.trace.view.annotate import result_lines
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs.overlay import Overlay
from ..runs.result_hints import ResultHints
from ..server_state import ServerState
from ..session.documents import OpenDocument
from ..session.positions import to_position

_NEW_VALUE = "≈"
_NEW_VALUE_TOOLTIP = "As it is written now, with what the steps gave in the last run. Nothing was run."


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
        for new in new_values(document, analysis):
            hints = [hint for hint in hints if hint.position.line != new.position.line]
            if params.range.start.line <= new.position.line <= params.range.end.line:
                hints.append(new)
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

    def new_values(document: OpenDocument, analysis: Analysis) -> list[types.InlayHint]:
        """Return a hint for each expression that was evaluated again, at the end of its line."""
        values, lines = state.reevaluations.values(document.uri, document.text), analysis.document.lines
        places = {line.path: line.start for line in result_lines(analysis)} if values else {}
        output = analysis.workflow.output
        if output is not None:
            places["/output"] = analysis.document.offsets(output.node)[0]
        return [
            types.InlayHint(
                to_position(lines, lines.line_end(lines.position(places[path])[0]), state.encoding),
                f"{_NEW_VALUE} {value}",
                padding_left=True,
                tooltip=_NEW_VALUE_TOOLTIP,
            )
            for path, value in values.items()
            if path in places
        ]

    async def hints_of(uri: str, overlay: Overlay) -> ResultHints:
        """Return what the hints of a document are made from."""
        # A URI for links to what steps print, where the client has a command for it.
        output_of = uri if state.client.shows_step_output else None
        document = state.documents.get(uri)
        before = state.comparisons.before(uri)
        run = None
        if document is not None and before is None and state.settings.hints.median:
            run = await state.last_run_of(document, wait=False)
        medians = run.run.medians if run is not None else {}
        return ResultHints(overlay, before, medians, output_of, values=state.settings.trace.values)
