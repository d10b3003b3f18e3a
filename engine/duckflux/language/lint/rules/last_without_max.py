"""`last` is only read in a loop with `max`: see docs/language.md#loop."""

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
        loop = _loop_named(
            read.name, expression_field.flow_node, include_own=expression_field.field == "until"
        )
        if loop is not None and loop.max is None:
            message = f"`{read.name}.last` is always false in a loop without `max`"
            yield Problem(
                registry.LAST_WITHOUT_MAX, message, content_range(expression_field.node, read.start, read.end)
            )


def _loop_named(name: str, flow_node: FlowNode, *, include_own: bool) -> Loop | None:
    """Return the innermost loop with a name around a flow node; with `include_own` also itself."""
    for outer in reversed(flow_node.path if include_own else flow_node.path[:-1]):
        if isinstance(outer.step, Loop) and name in ("loop", outer.step.name):
            return outer.step
    return None
