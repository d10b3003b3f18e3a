"""Loop variables and `event` are in scope: see docs/language.md#5-variables-in-expressions."""

from __future__ import annotations

from collections.abc import Iterator

from ....cel.syntax.identifiers import identifiers, name_range
from ... import registry
from ...semantics.builtin_variables import LOOP_VARIABLE
from ...semantics.expression_reads import mentions_of
from ...semantics.query_context import Expression, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Expression,)


def check(expression: Expression, context: QueryContext) -> Iterator[Problem]:
    mentions = mentions_of(expression.ast.text)
    if expression.checked is None or not any(_may_be_undefined(name, context) for name in mentions):
        return
    reported: set[str] = set()
    for ident, macro in identifiers(expression.ast):
        if macro is not None or ident.name in reported:
            continue
        problem = _problem(ident.name, expression, context)
        if problem is not None:
            reported.add(ident.name)
            yield Problem(*problem, content_range(expression.expression_field.node, *name_range(ident)))


def _may_be_undefined(name: str, context: QueryContext) -> bool:
    return name == "event" or context.variable(name) is LOOP_VARIABLE


def _problem(name: str, expression: Expression, context: QueryContext) -> tuple[str, str] | None:
    point = context.point(expression.expression_field)
    if point is None or context.variable(name) is None:
        return None
    if name == "event" and expression.expression_field.field != "match":
        if context.query(SemanticModel.event, point) == "nowhere" and context.query(SemanticModel.is_whole):
            return registry.EVENT_BEFORE_WAIT, "`event` is not defined before a `wait` for an event"
        return None
    if context.variable(name) is not LOOP_VARIABLE:
        return None
    match context.query(SemanticModel.loop, name, point):
        case "nowhere" if context.query(SemanticModel.is_whole):
            return registry.LOOP_OUTSIDE_LOOP, f"`{name}` is only defined inside its loop and after it"
        case "before":
            return (
                registry.LOOP_AFTER_END,
                f"`{name}` is read after its loop: not every runtime keeps the last iteration",
            )
        case _:
            return None
