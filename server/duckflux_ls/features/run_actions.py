"""textDocument/codeAction: go on with the last run, or run a part; offered only where that can work."""

from __future__ import annotations

from duckflux.language.analysis import Analysis
from duckflux.trace.view.annotate import ResultLine, result_lines
from lsprotocol import types

from .. import commands
from ..runs.overlay import Overlay


def run_actions(
    analysis: Analysis, uri: str, offset: int, overlay: Overlay | None, kind: str
) -> list[types.CodeAction]:
    """The actions at an offset of a workflow that has no errors and does not run. `overlay` is its last run."""
    found: list[types.CodeAction] = []
    trace = str(overlay.trace_path) if overlay is not None and overlay.trace_path is not None else None
    place = step_at(analysis, offset)
    if trace is not None and overlay is not None:
        if overlay.has_failed:
            found.append(_action("Resume the failed run", kind, commands.RESUME, {"uri": uri}))
        if place is not None and place.path in overlay.ran and overlay.has_ended:
            arguments = {"uri": uri, "step": place.path}
            found.append(
                _action("Run from here, the rest from the last run", kind, commands.RUN_FROM, arguments)
            )
        if overlay.has_ended:
            found.append(_action("Replay the last run: no step runs", kind, commands.REPLAY, {"uri": uri}))
    if place is not None:
        found.append(_action("Run until here", kind, commands.RUN_UNTIL, {"uri": uri, "step": place.path}))
    return found


def _action(title: str, kind: str, command: str, arguments: dict[str, str]) -> types.CodeAction:
    return types.CodeAction(title, kind=kind, command=types.Command(title, command, arguments=[arguments]))


def step_at(analysis: Analysis, offset: int) -> ResultLine | None:
    """The innermost step of the flow around an offset."""
    around = (place for place in result_lines(analysis) if place.start <= offset <= place.end)
    flow = (place for place in around if place.path.startswith("/flow/"))
    return min(flow, key=lambda place: place.end - place.start, default=None)
