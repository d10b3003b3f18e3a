"""A condition reads a variable: see docs/language.md#9-static-checks."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...semantics.constants import constant_value
from ...semantics.query_context import Expression, QueryContext
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Expression,)
# (when it is true, when it is false)
_OUTCOMES = {
    "when": ("the step always runs: leave it out", "the step never runs"),
    "condition": ("`else` never runs", "`then` never runs"),
    "until": ("it ends after the first check", "it never becomes true"),
}


def check(expression: Expression, context: QueryContext) -> Iterator[Problem]:
    outcomes = _OUTCOMES.get(expression.expression_field.field)
    checked = expression.checked
    if (
        expression.expression_field.kind != "condition"
        or outcomes is None
        or checked is None
        or checked.problems
    ):
        return
    value = constant_value(expression.ast.text)
    if value is None:
        return
    message = f"this is always {str(value).lower()}, so {outcomes[0] if value else outcomes[1]}"
    node = expression.expression_field.node
    span = content_range(node, 0, len(node.text.rstrip()))
    # Without its `when` a step always runs, too.
    remove = "" if expression.expression_field.field == "when" and value else None
    yield Problem(registry.CONSTANT_CONDITION, message, span, suggestion=remove)
