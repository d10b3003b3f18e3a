"""Lists what may be written at an offset, in a text that need not parse.

Each contributor gets the same `CompletionContext` and yields the completions that it knows of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ...language.analysis import Analysis
from ...language.syntax import LineIndex
from ..cursor import PROBE
from ..recorded_values import RecordedRun
from . import (
    expressions,
    fields,
    mcp_tools,
    overrides,
    participants,
    shell_variables,
    steps,
    tested_names,
    values,
    whole_files,
    workflow_inputs,
)
from .completion import Completion
from .context import CompletionContext, completion_context
from .workspace_data import Events, Tool, Tools, WorkspaceData

# In the order in which completions of one group are shown.
_CONTRIBUTORS: tuple[Callable[[CompletionContext], Iterator[Completion]], ...] = (
    expressions.contribute,
    shell_variables.contribute,
    values.contribute,
    mcp_tools.contribute_names,
    fields.contribute,
    workflow_inputs.contribute,
    mcp_tools.contribute_arguments,
    participants.contribute,
    steps.contribute,
    overrides.contribute,
    tested_names.contribute,
    whole_files.contribute,
)


def completions(
    lines: LineIndex,
    offset: int,
    path: Path | None,
    previous: Analysis | None = None,
    tools: Tools = lambda _: (),
    events: Events = tuple,
    trigger: str | None = None,
    run: RecordedRun | None = None,
) -> list[Completion]:
    """Return the completions at an offset of a text, the likeliest first.

    `previous`, an earlier analysis of the file, saves work. `tools` gives the tools of an MCP server, and
    `events` the names of events in other files. `trigger` is the character whose typing opens the list, None
    for letters and where the list was asked for. What was observed in the last `run` is listed too.
    """
    if trigger == " " and _is_indentation(lines, offset):
        return []
    context = completion_context(lines, offset, path, previous, WorkspaceData(tools, events, run))
    if context is None:
        return []
    found = (completion for contribute in _CONTRIBUTORS for completion in contribute(context))
    unique = {(one.label, one.kind): one for one in found if PROBE not in one.label}
    return sorted(unique.values(), key=lambda one: one.group)


def _is_indentation(lines: LineIndex, offset: int) -> bool:
    """Return whether there is only white space before an offset on its line: Enter would accept an entry."""
    return not lines.text[lines.starts[lines.position(offset)[0]] : offset].strip()


__all__ = ["Completion", "CompletionContext", "Events", "Tool", "completions"]
