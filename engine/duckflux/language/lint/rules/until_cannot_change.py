"""A loop ends when its `until` comes true; what is the same in every round never does (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.flow_nodes import FlowNode
from ...model.items import Item
from ...model.workflow import Loop, Wait
from ...semantics.expression_reads import CONTEXT, mentions_of
from ...semantics.query_context import Expression, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

LOOKS_AT = (Expression,)
_FIXED = ("workflow.", "env.")


def check(expression: Expression, look: QueryContext) -> Iterator[Problem]:
    site = expression.site
    loop = site.place.step if site.place is not None else None
    if site.field != "until" or expression.checked is None or look.unit is None or site.place is None:
        return
    things = mentions_of(site.node.text)
    if (
        not isinstance(loop, Loop)
        or not things
        or not all(_is_fixed(each, site.place, look) for each in things)
    ):
        return
    if not look.ask(SemanticModel.is_whole):
        return
    else_ = "only its `max` ends it" if loop.max is not None else "it never ends"
    message = f"no round changes what this reads, so the loop ends after the first one, or {else_}"
    yield Problem(
        registry.UNTIL_CANNOT_CHANGE, message, content_range(site.node, 0, len(site.node.text.rstrip()))
    )


def _is_fixed(thing: str, loop: FlowNode, look: QueryContext) -> bool:
    unit = look.unit
    if unit is None or thing.startswith(_FIXED):
        return unit is not None
    changed = look.ask(SemanticModel.run_inside, unit, loop)
    if thing.startswith(CONTEXT):
        return thing not in changed
    if thing == "event":
        return not _waits(unit, loop)
    return look.ask(SemanticModel.is_step, thing) and thing not in changed


def _waits(unit: Item, loop: FlowNode) -> bool:
    return any(isinstance(place.step, Wait) and loop in place.path for place in unit.flow_nodes)
