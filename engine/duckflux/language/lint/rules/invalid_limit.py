"""The `max` of a loop is a whole number of at least 0: see docs/language.md#loop."""

from __future__ import annotations

from collections.abc import Iterator

from .... import cel
from ... import registry
from ...model.workflow import Loop
from ...semantics.constants import constant_value
from ...semantics.query_context import Expression, QueryContext
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Expression,)
_WORDS = {
    "string": "text",
    "double": "a decimal number",
    "bool": "true or false",
    "timestamp": "a timestamp",
    "duration": "a duration",
    "bytes": "bytes",
    "list": "a list",
    "map": "a map",
    "null": "null",
}


def check(expression: Expression, context: QueryContext) -> Iterator[Problem]:
    field, checked = expression.expression_field, expression.checked
    if field.field != "max" or field.flow_node is None or not isinstance(field.flow_node.step, Loop):
        return
    if checked is None or checked.problems:
        return
    reason = _type_problem(checked.type) or _sign_problem(field.node.text)
    if reason is not None:
        message = f"{reason}: a loop's `max` must give a whole number of at least 0"
        yield Problem(
            registry.INVALID_LIMIT, message, content_range(field.node, 0, len(field.node.text.rstrip()))
        )


def _type_problem(type_: cel.types.Type) -> str | None:
    """Return why a type is not a whole number, None if it is or may be one."""
    name = "map" if isinstance(type_, cel.types.RecordType) else str(type_).partition("(")[0]
    return f"this is {_WORDS[name]}" if name in _WORDS else None


def _sign_problem(text: str) -> str | None:
    value = constant_value(text)
    is_negative = isinstance(value, int) and not isinstance(value, bool) and value < 0
    return f"this is always {value}" if is_negative else None
