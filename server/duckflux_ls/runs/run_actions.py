"""Makes the code actions that continue the last run or run a part, where that is possible."""

from __future__ import annotations

from typing import Any

from duckflux.language.analysis import Analysis
from duckflux.trace.view.annotate import ResultLine, result_lines
from lsprotocol import types

from ..session import command_names
from ..session.documents import OpenDocument
from ..session.positions import Encoding, to_offset
from .overlay import Overlay, Waiting


def run_actions(
    analysis: Analysis, uri: str, offset: int, overlay: Overlay | None, kind: str
) -> list[types.CodeAction]:
    """Return the actions at an offset of a workflow without errors that is not running.

    `overlay` is that of its last run.
    """
    found: list[types.CodeAction] = []
    trace = str(overlay.trace_path) if overlay is not None and overlay.trace_path is not None else None
    line = step_at(analysis, offset)
    if trace is not None and overlay is not None:
        if overlay.has_failed:
            found.append(_action("Resume the last run", kind, command_names.RESUME, {"uri": uri}))
        if line is not None and line.path in overlay.ran and overlay.has_ended:
            arguments = {"uri": uri, "step": line.path}
            found.append(
                _action("Run from here, the rest from the last run", kind, command_names.RUN_FROM, arguments)
            )
        stale = overlay.first_stale if overlay.has_ended else None
        if stale is not None:
            arguments = {"uri": uri, "step": stale}
            found.append(_action("Run what is stale", kind, command_names.RUN_FROM, arguments))
        if overlay.has_ended:
            found.append(
                _action("Replay the last run: no step runs", kind, command_names.REPLAY, {"uri": uri})
            )
    if line is not None:
        found.append(
            _action("Run until here", kind, command_names.RUN_UNTIL, {"uri": uri, "step": line.path})
        )
    return found


def _action(title: str, kind: str, command: str, arguments: dict[str, str]) -> types.CodeAction:
    return types.CodeAction(title, kind=kind, command=types.Command(title, command, arguments=[arguments]))


def step_at(analysis: Analysis, offset: int) -> ResultLine | None:
    """Return the innermost step of the flow around an offset, or None."""
    around = (line for line in result_lines(analysis) if line.start <= offset <= line.end)
    flow = (line for line in around if line.path.startswith("/flow/"))
    return min(flow, key=lambda line: line.end - line.start, default=None)


async def step_at_position(
    document: OpenDocument, arguments: dict[str, Any], encoding: Encoding
) -> str | None:
    """Return the JSON pointer of the step at a `position`, or None."""
    match arguments:
        case {"position": {"line": int(line), "character": int(character)}}:
            analysis = await document.analysis()
            lines = analysis.document.lines
            offset = to_offset(lines, types.Position(line, character), encoding)
            row = lines.position(offset)[0]
            text = lines.line_text(row)
            # The indentation of a step, and its dash, belong to it.
            begin = lines.offset(row, len(text) - len(text.lstrip(" -")))
            found = step_at(analysis, max(offset, begin)) or step_at(analysis, lines.line_end(row))
            return found.path if found is not None else None
        case _:
            return None


def answer_command(uri: str, waiting: Waiting) -> types.Command:
    """Return the command that asks for the payload of an event and sends it."""
    arguments = {"uri": uri, "step": waiting.step, "event": waiting.event}
    return types.Command(f"⏸ Answer {waiting.event}…", command_names.ANSWER, arguments=[arguments])


def answer_actions(uri: str, line: ResultLine | None, overlay: Overlay, kind: str) -> list[types.CodeAction]:
    """Return the actions that answer what a run waits for: the step at the cursor, or all if none is there."""
    here = [waiting for waiting in overlay.waiting if line is not None and waiting.step == line.path]
    commands = [answer_command(uri, waiting) for waiting in here or overlay.waiting]
    return [types.CodeAction(command.title.lstrip("⏸ "), kind=kind, command=command) for command in commands]


def output_command(uri: str, step: str) -> types.Command:
    """Return the command of clients that shows what a step prints."""
    return types.Command("≡ Output", command_names.SHOW_STEP_OUTPUT, arguments=[{"uri": uri, "step": step}])


def run_command(uri: str, running: bool, errors: int = 0) -> types.Command:
    """Return the command that starts a run, or that cancels the one that is under way.

    With errors, its title says that there can be no run; executed, it says why.
    """
    if running:
        return types.Command("■ Cancel run", command_names.CANCEL, arguments=[{"uri": uri}])
    if errors:
        title = "Can't run: 1 error" if errors == 1 else f"Can't run: {errors} errors"
        return types.Command(title, command_names.RUN, arguments=[{"uri": uri}])
    return types.Command("▶ Run with trace", command_names.RUN, arguments=[{"uri": uri}])
