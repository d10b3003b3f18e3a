"""Answers `textDocument/hover`, with the values of the last run; evaluates expressions in it."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from duckflux.ide.evaluation import evaluation
from duckflux.ide.hover import hover
from duckflux.ide.ranges import TextRange
from duckflux.language.analysis import Analysis
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..server_state import ServerState
from ..session import command_names
from ..session.documents import OpenDocument
from ..session.positions import Encoding, to_offset, to_range

_LINK = re.compile(r" \[[^\]]*\]\([^)]*\)")


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the handlers to the server."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    @state.documents.with_analysis
    async def hovered(
        params: types.HoverParams, document: OpenDocument, analysis: Analysis
    ) -> types.Hover | None:
        lines = analysis.document.lines
        offset = to_offset(lines, params.position, state.encoding)
        run = await state.last_run_of(document)
        found = await asyncio.to_thread(hover, analysis, offset, run)
        if found is None:
            return None
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(contents, to_range(lines, found.start, found.end, state.encoding))

    @server.command(command_names.EVALUATE)
    async def evaluate(arguments: dict[str, Any]) -> dict[str, Any] | None:
        document = state.documents.get(str(arguments.get("uri")))
        run = await state.last_run_of(document) if document is not None else None
        if document is None or run is None:
            state.client.show_error(_no_run(state, document))
            return None
        analysis = await document.analysis()
        expression = arguments.get("expression")
        typed = expression if isinstance(expression, str) else None
        place = _place(analysis, arguments, state.encoding)
        found = await asyncio.to_thread(evaluation, analysis, place, typed, run)
        if found is None:
            return None
        return found._asdict() | {"origin": _without_markup(found.origin)}

    @server.command(command_names.SHOW_ITERATION)
    def show_iteration(arguments: dict[str, Any]) -> None:
        iteration = arguments.get("iteration")
        chosen = iteration if isinstance(iteration, int) else None
        state.last_runs.choose_iteration(str(arguments.get("uri")), chosen)


def _no_run(state: ServerState, document: OpenDocument | None) -> str:
    """Return why an expression can't be evaluated in a document."""
    if document is None:
        return "open a workflow to evaluate an expression in its last run"
    if not state.settings.trace.values:
        return "expressions are evaluated with the values of a run: the setting duckflux.trace.values is off"
    if state.runs.is_running(document.uri):
        return "the workflow is running: expressions are evaluated once it has ended"
    return (
        "there is no run to evaluate an expression in yet, or its trace is too large: run the workflow first"
    )


def _place(analysis: Analysis, arguments: dict[str, Any], encoding: Encoding) -> TextRange:
    """Return the `range` or the `position` of the arguments, else the end of the text."""
    match arguments:
        case {"range": {"start": dict(start), "end": dict(end)}}:
            ends = (start, end)
        case {"position": dict(position)}:
            ends = (position, position)
        case _:
            length = len(analysis.document.text)
            return TextRange(length, length)
    lines = analysis.document.lines
    return TextRange(*(to_offset(lines, _position(one), encoding) for one in ends))


def _position(given: dict[str, Any]) -> types.Position:
    line, character = given.get("line"), given.get("character")
    return types.Position(
        line if isinstance(line, int) and line >= 0 else 0,
        character if isinstance(character, int) and character >= 0 else 0,
    )


def _without_markup(origin: str) -> str:
    """Return the words of an origin, without emphasis and links."""
    return _LINK.sub("", origin).replace("*", "")
