"""textDocument/codeAction: `Run with trace`."""

from __future__ import annotations

from duckflux.language.analysis import Analysis
from lsprotocol import types

from .code_lens import run_command

# Of no kind that an editor applies by itself on saving: nothing may run by saving.
RUN_KIND = "duckflux.run"


def code_actions(
    analysis: Analysis, params: types.CodeActionParams, running: bool
) -> list[types.CodeAction | types.Command]:
    """Run, anywhere in the file when asked for by hand; by itself it is offered on the `flow:` line alone."""
    key = analysis.workflow.flow_key
    if key is None or analysis.path is None or not _wanted(params.context.only):
        return []
    by_itself = params.context.trigger_kind == types.CodeActionTriggerKind.Automatic
    if by_itself and params.range.start.line != analysis.document.position(key)[0]:
        return []
    command = run_command(params.text_document.uri, running)
    return [types.CodeAction(title=command.title.lstrip("▶■ "), kind=RUN_KIND, command=command)]


def _wanted(only: object) -> bool:
    if not isinstance(only, list | tuple):
        return True
    return any(kind == "" or kind == RUN_KIND or RUN_KIND.startswith(f"{kind}.") for kind in map(str, only))
