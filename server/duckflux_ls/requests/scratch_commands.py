"""Runs the commands of scratches, and answers requests about them: the lenses with values, hovers, completion."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from duckflux import cel
from duckflux.ide.completion import Completion
from duckflux.ide.evaluation import Evaluation, evaluation_in, expression_text, point_at
from duckflux.ide.recorded_values import values_in
from duckflux.ide.scratch import complete_scratch, point_of_place, scratch_text, steps_of
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from ..runs.scratch_view import (
    ScratchRun,
    place_commands,
    place_title,
    run_command,
    selector_of,
    selector_text,
    value_commands,
    value_titles,
)
from ..runs.traces import traces_of
from ..server_state import ServerState
from ..session import command_names
from ..session.documents import OpenDocument
from ..session.positions import FILE_START, to_offset, to_range
from ..session.scratches import OpenScratch, scratch_path
from .evaluation_commands import no_run_reason, place_of, without_markup

_MAX_CHOICES = 500
_MAX_MESSAGE = 1_000


def register(server: LanguageServer, state: ServerState) -> None:
    """Add the commands to the server."""

    @server.command(command_names.SCRATCH)
    async def scratch(arguments: dict[str, Any]) -> dict[str, Any] | None:
        document = state.documents.get(str(arguments.get("uri")))
        if document is None or document.path is None:
            state.client.show_error("open a workflow, and save it, to have a scratch for it")
            return None
        analysis = await document.analysis()
        place = place_of(analysis, arguments, state.encoding)
        point = await asyncio.to_thread(point_at, analysis, place.start)
        names = {step.pointer: name for name, step in steps_of(analysis)}
        expression = await asyncio.to_thread(expression_text, analysis, place)
        head, part = scratch_text(document.path.name, names.get(point.pointer, ""), expression)
        return {"path": scratch_path(document.path), "head": head, "part": part}

    @server.command(command_names.SCRATCH_PLACE)
    async def scratch_place(arguments: dict[str, Any]) -> None:
        found = state.scratches.get(str(arguments.get("uri")))
        run = await scratch_run(state, found) if found is not None else ""
        if found is None or isinstance(run, str):
            return
        at = arguments.get("at")
        if not isinstance(at, str):
            at = await _choose_place(state, run)
        # The text may have changed while somebody chose.
        line = arguments.get("line")
        place = next((place for place in found.content.places if place.line == line), None)
        if at is not None and place is not None:
            before = "" if found.lines.text[place.start - 1] == " " else " "
            range_ = to_range(found.lines, place.start, place.end, state.encoding)
            await state.client.edit(found.uri, [types.TextEdit(range_, before + at)])

    @server.command(command_names.SCRATCH_RUN)
    async def choose_run(arguments: dict[str, Any]) -> None:
        found = state.scratches.get(str(arguments.get("uri")))
        if found is not None:
            await _choose_run(state, found)

    @server.command(command_names.SCRATCH_VALUE)
    async def value(arguments: dict[str, Any]) -> dict[str, Any] | None:
        found = state.scratches.get(str(arguments.get("uri")))
        offset = arguments.get("offset")
        evaluated = (
            await _evaluated(state, found, offset) if found is not None and isinstance(offset, int) else None
        )
        if evaluated is None:
            return None
        if not state.client.shows_values:
            text = evaluated.value if evaluated.value is not None else str(evaluated.error)
            state.client.show(f"{evaluated.expression} = {text[:_MAX_MESSAGE]}")
        return evaluated._asdict()


def workflow_of(state: ServerState, scratch: OpenScratch) -> OpenDocument | None:
    """Return the workflow of a scratch if it is open."""
    path = scratch.workflow_path
    return state.documents.get(path.as_uri()) if path is not None and path.is_absolute() else None


async def scratch_run(state: ServerState, scratch: OpenScratch) -> ScratchRun | str:
    """Return the last run of a scratch's workflow, or why there is none."""
    document = workflow_of(state, scratch)
    if document is None:
        name = scratch.workflow
        return f"open {name} to see values" if name else "name the workflow: // workflow: FILE.duck.yaml"
    run = await state.last_run_of(document)
    if run is None:
        return no_run_reason(state, document)
    return ScratchRun(await document.analysis(), run)


async def lenses(state: ServerState, scratch: OpenScratch) -> list[types.CodeLens]:
    """Return the lenses of a scratch: its run, the steps where expressions are evaluated, and their values."""
    content = scratch.content
    found = await scratch_run(state, scratch)
    first = types.CodeLens(FILE_START, command=run_command(scratch, found))
    if isinstance(found, str):
        return [first]
    shown = await asyncio.to_thread(value_titles, found, content)
    rest = [
        types.CodeLens(to_range(scratch.lines, start, end, state.encoding), command=command)
        for (start, end), command in [
            *place_commands(scratch, found, content),
            *value_commands(scratch, shown),
        ]
    ]
    return [first, *rest]


async def hover(state: ServerState, scratch: OpenScratch, position: types.Position) -> types.Hover | None:
    """Return the value of the name at a position, and of the parts of its expression."""
    offset = to_offset(scratch.lines, position, state.encoding)
    expression = scratch.content.expression_at(offset)
    found = await scratch_run(state, scratch) if expression is not None else ""
    if expression is None or isinstance(found, str):
        return None
    recorded = found.at(expression.place)
    ast = cel.parse(expression.text)
    if isinstance(recorded, str) or ast.errors:
        return None
    text = await asyncio.to_thread(values_in, ast, offset - expression.start, recorded)
    range_ = to_range(scratch.lines, expression.start, expression.end, state.encoding)
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), range_)


async def completions(state: ServerState, scratch: OpenScratch, position: types.Position) -> list[Completion]:
    """Return what may be written at a position of a scratch; without a run what the workflow declares."""
    lines = scratch.lines
    offset, content = to_offset(lines, position, state.encoding), scratch.content
    document = workflow_of(state, scratch)
    if document is None:
        return []
    analysis = await document.analysis()
    run = await state.last_run_of(document)
    above = [place for place in content.places if place.start <= offset]
    selector = selector_of(above[-1] if above else None)
    point = point_of_place(analysis, selector.step)
    chosen = run.in_iterations(selector.iterations) if run is not None else None
    return await asyncio.to_thread(complete_scratch, content, analysis, offset, point, chosen)


async def _evaluated(state: ServerState, scratch: OpenScratch, offset: int) -> Evaluation | None:
    """Return the value of the expression at an offset, or why there is none."""
    expression = scratch.content.expression_at(offset)
    run = await scratch_run(state, scratch) if expression is not None else ""
    if expression is None or isinstance(run, str):
        return None
    recorded = run.at(expression.place)
    if isinstance(recorded, str):
        return Evaluation(expression.text, recorded, error=recorded)
    found = await asyncio.to_thread(evaluation_in, expression.text, recorded)
    return found._replace(origin=without_markup(found.origin))


async def _choose_place(state: ServerState, found: ScratchRun) -> str | None:
    """Return the step and the iteration that the user chooses, None if they choose none."""
    choices = [(place_title("", None), "")]
    for name, step in steps_of(found.analysis):
        point = point_of_place(found.analysis, step.pointer)
        for iterations in found.run.iterations(point) if point is not None else ():
            choices.append((place_title(name, iterations), selector_text(name, iterations)))
    choices = choices[:_MAX_CHOICES]
    chosen = await state.client.choose("Evaluate at", [label for label, _ in choices])
    return choices[chosen][1] if chosen is not None else None


async def _choose_run(state: ServerState, scratch: OpenScratch) -> None:
    """Let the user choose the run whose values are shown; its results are then on the workflow's lines too."""
    document, path = workflow_of(state, scratch), scratch.workflow_path
    if document is None:
        if path is not None and path.is_absolute() and path.is_file():
            await state.client.open(path.as_uri())
        return
    if document.path is None or not state.settings.trace.values:
        return
    traces = await asyncio.to_thread(traces_of, document.path, state.settings)
    if not traces:
        state.client.show_error(f"{scratch.workflow} has no run yet: run it first")
        return
    labels = [_run_label(trace) for trace in traces]
    chosen = await state.client.choose(f"Run of {scratch.workflow}", labels)
    if chosen is not None:
        await state.runs.show(document, str(Path(traces[chosen]["tracePath"])))


def _run_label(trace: dict[str, Any]) -> str:
    started = datetime.fromisoformat(trace["startedAt"]).astimezone()
    return f"{started:%Y-%m-%d %H:%M:%S}  {trace['state']}  {trace['duration']}".rstrip()
