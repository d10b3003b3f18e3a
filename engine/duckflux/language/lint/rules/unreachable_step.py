"""A step does not follow a loop or wait that never ends: see docs/language.md#4-control-flow."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Loop, Parallel, Step, Wait
from ...semantics.constants import constant_value
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Node, Problem, Scalar

SUBJECTS = (Loop, Wait)


def check(step: Loop | Wait, context: QueryContext) -> Iterator[Problem]:
    if context.item is None or context.flow_node is None or not _never_ends(step):
        return
    flow_node = context.flow_node
    if flow_node.parent is None:
        following = context.query(SemanticModel.step_after, context.item)
    elif isinstance(flow_node.parent.step, Parallel):
        return
    else:
        steps = context.item.lists[flow_node.parent, flow_node.slot]
        following = steps[flow_node.index + 1].step if flow_node.index + 1 < len(steps) else None
    if following is not None:
        kind = "loop" if isinstance(step, Loop) else "wait"
        related = ((step.key, f"the {kind} that never ends"),)
        message = f"unreachable step: the {kind} before it never ends"
        yield Problem(registry.UNREACHABLE_STEP, message, _first_word(following), related)


def _never_ends(step: Loop | Wait) -> bool:
    """Return whether the `until` of a step is always false and nothing else ends the step."""
    body = step.body
    if body is None or "max" in body or "timeout" in body:
        return False
    until = body.get("until")
    return isinstance(until, Scalar) and constant_value(until.text) is False


def _first_word(step: Step) -> Node | Scalar:
    """Return the node of the first word of a step."""
    if isinstance(step, Call):
        if step.name is not None:
            return step.name
        pair = step.node.pair("type") if isinstance(step.node, Mapping) else None
        return pair.key if pair is not None else step.node
    return step.key
