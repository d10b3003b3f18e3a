"""Finds the steps whose results may be taken from another run if their input is the same.

The comment `# duckflux-reuse` says so of a step or a participant: on the line where it begins, or alone above it.
"""

from __future__ import annotations

from collections.abc import Iterator

from duckflux.cel import free_names, parse
from duckflux.language.model.expression_fields import ExpressionField, fields_in
from duckflux.language.model.workflow import Workflow
from duckflux.language.schema import participant_types
from duckflux.language.syntax import Mapping
from duckflux.language.syntax.comments import line_start, marked_lines
from duckflux.language.syntax.nodes import Ranged

from .frame import WorkflowFrame
from .step_settings import StepSettings

MARK = "duckflux-reuse"
# Never: an event must be sent, and the steps of a sub-workflow are looked at one by one.
_NEVER = ("emit", "wait", "set", "workflow")
# Fields that do not change what a step gives, or whose value is compared itself.
NOT_COMPARED = ("input", "when", "as", "onError", "onTimeout", "timeout", "retry")


def may_reuse(frame: WorkflowFrame, settings: StepSettings) -> bool:
    """Return whether a step is marked, and gives what its definition and its input say."""
    if settings.type in _NEVER or participant_types.find_or_default(settings.type).runs_steps:
        return False
    lines = marked_lines(frame.workflow.document, MARK)
    if not any(_line_of(frame.workflow, node) in lines for node in _marked_nodes(frame, settings)):
        return False
    return not any(_reads_more(frame, field) for field in _fields(frame, settings))


def _marked_nodes(frame: WorkflowFrame, settings: StepSettings) -> Iterator[Ranged]:
    yield settings.node
    participant = frame.workflow.participants.get(settings.name or "")
    if participant is not None:
        yield participant.key or participant.node


def _line_of(workflow: Workflow, node: Ranged) -> int:
    return line_start(workflow.document.text, workflow.document.offsets(node)[0])


def _fields(frame: WorkflowFrame, settings: StepSettings) -> Iterator[ExpressionField]:
    """Yield what may be expressions in the definition of a step."""
    participant = frame.workflow.participants.get(settings.name or "")
    if participant is not None:
        yield from fields_in(participant.node, "participant")
    if isinstance(settings.node, Mapping):
        inner = next(iter(settings.node)).value if len(settings.node.pairs) == 1 else None
        yield from fields_in(inner if isinstance(inner, Mapping) else settings.node, "inline")


def _reads_more(frame: WorkflowFrame, field: ExpressionField) -> bool:
    """Return whether a field reads more of the run than the input of its step."""
    if field.field in NOT_COMPARED:
        return False
    text = field.node.text
    if field.kind in ("text", "body") and not frame.is_expression(text, field.kind):
        return False
    return not set(free_names(parse(text))) <= {"input"}
