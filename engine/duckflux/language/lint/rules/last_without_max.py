"""Which round is the last one is known only with `max` (section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.flow_nodes import FlowNode
from ...model.workflow import Loop
from ...semantics.builtin_variables import LOOP_VARIABLE
from ...semantics.expression_reads import reads
from ...semantics.query_context import Expression, QueryContext
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Expression,)


def check(expression: Expression, context: QueryContext) -> Iterator[Problem]:
    expression_field = expression.expression_field
    if (
        expression.checked is None
        or expression_field.flow_node is None
        or "last" not in expression_field.node.text
    ):
        return
    for read in reads(expression.ast):
        if read.field != "last" or context.variable(read.name) is not LOOP_VARIABLE:
            continue
        loop = _loop(read.name, expression_field.flow_node, of_own=expression_field.field == "until")
        if loop is not None and loop.max is None:
            message = f"`{read.name}.last` is always false in a loop without `max`"
            yield Problem(
                registry.LAST_WITHOUT_MAX, message, content_range(expression_field.node, read.start, read.end)
            )


def _loop(name: str, flow_node: FlowNode, *, of_own: bool) -> Loop | None:
    """The innermost loop of that name around a place."""
    for outer in reversed(flow_node.path if of_own else flow_node.path[:-1]):
        if isinstance(outer.step, Loop) and name in ("loop", outer.step.name):
            return outer.step
    return None
