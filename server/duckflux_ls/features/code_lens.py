"""textDocument/codeLens: `Run with trace` above `flow:`."""

from __future__ import annotations

from duckflux.language.analysis import Analysis
from lsprotocol import types

from .. import commands
from ..positions import to_range


def code_lenses(
    analysis: Analysis, uri: str, running: bool, encoding: types.PositionEncodingKind | str
) -> list[types.CodeLens]:
    """One lens above `flow:`: start the run, or cancel the one that goes on. None for a text without a file."""
    key = analysis.workflow.flow_key
    if key is None or analysis.path is None:
        return []
    place = to_range(analysis.document.lines, *analysis.document.offsets(key), encoding)
    return [types.CodeLens(place, command=run_command(uri, running))]


def run_command(uri: str, running: bool) -> types.Command:
    """The command that starts a run, or that cancels the one that goes on."""
    if running:
        return types.Command("■ Cancel run", commands.CANCEL, arguments=[{"uri": uri}])
    return types.Command("▶ Run with trace", commands.RUN, arguments=[{"uri": uri}])
