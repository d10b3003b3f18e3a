"""Runs the commands that evaluate expressions in the last run, and choose the iteration that values are of."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from duckflux.ide.evaluation import evaluatable_at, evaluation
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
    """Add the commands to the server."""

    @server.command(command_names.EVALUATE)
    async def evaluate(arguments: dict[str, Any]) -> dict[str, Any] | None:
        document = state.documents.get(str(arguments.get("uri")))
        run = await state.last_run_of(document) if document is not None else None
        if document is None or run is None:
            state.client.show_error(no_run_reason(state, document))
            return None
        analysis = await document.analysis()
        expression = arguments.get("expression")
        typed = expression if isinstance(expression, str) else None
        place = place_of(analysis, arguments, state.encoding)
        found = await asyncio.to_thread(evaluation, analysis, place, typed, run)
        if found is None:
            return None
        return found._asdict() | {"origin": without_markup(found.origin)}

    @server.command(command_names.EVALUATABLE)
    async def evaluatable(arguments: dict[str, Any]) -> dict[str, Any] | None:
        document = state.documents.get(str(arguments.get("uri")))
        if document is None:
            return None
        analysis = await document.analysis()
        offset = place_of(analysis, arguments, state.encoding).start
        found = await asyncio.to_thread(evaluatable_at, analysis, offset)
        if found is None:
            return None
        range_ = to_range(analysis.document.lines, found.start, found.end, state.encoding)
        return {"expression": found.expression, "range": range_}

    @server.command(command_names.SHOW_ITERATION)
    def show_iteration(arguments: dict[str, Any]) -> None:
        iteration = arguments.get("iteration")
        chosen = iteration if isinstance(iteration, int) else None
        state.last_runs.choose_iteration(str(arguments.get("uri")), chosen)


def no_run_reason(state: ServerState, document: OpenDocument | None) -> str:
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


def place_of(analysis: Analysis, arguments: dict[str, Any], encoding: Encoding) -> TextRange:
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


def without_markup(origin: str) -> str:
    """Return the words of an origin, without emphasis and links."""
    return _LINK.sub("", origin).replace("*", "")
