"""`loop` and its other names are there in and after a loop, `event` after a wait for one (sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator

from ....cel.names import identifiers, name_range
from ... import registry
from ...semantics.builtin_variables import LOOP_VARIABLE
from ...semantics.expression_reads import mentions_of
from ...semantics.query_context import Expression, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

LOOKS_AT = (Expression,)


def check(expression: Expression, look: QueryContext) -> Iterator[Problem]:
    things = mentions_of(expression.ast.text)
    if expression.checked is None or not any(_may_be_gone(thing, look) for thing in things):
        return
    said: set[str] = set()
    for ident, macro in identifiers(expression.ast):
        if macro is not None or ident.name in said:
            continue
        found = _problem(ident.name, expression, look)
        if found is not None:
            said.add(ident.name)
            yield Problem(*found, content_range(expression.site.node, *name_range(ident)))


def _may_be_gone(name: str, look: QueryContext) -> bool:
    return name == "event" or look.variable(name) is LOOP_VARIABLE


def _problem(name: str, expression: Expression, look: QueryContext) -> tuple[str, str] | None:
    spot = look.spot(expression.site)
    if spot is None or look.variable(name) is None:
        return None
    if name == "event" and expression.site.field != "match":
        if look.ask(SemanticModel.event, spot) == "nowhere" and look.ask(SemanticModel.is_whole):
            return registry.NO_EVENT, "there is no `event` before a `wait` for one has ended"
        return None
    if look.variable(name) is not LOOP_VARIABLE:
        return None
    match look.ask(SemanticModel.loop, name, spot):
        case "nowhere" if look.ask(SemanticModel.is_whole):
            return registry.NO_LOOP, f"`{name}` is there only inside of its loop, and after it"
        case "before":
            return (
                registry.ENDED_LOOP,
                f"`{name}` keeps the last round of a loop that has ended: not every runtime does so",
            )
        case _:
            return None
