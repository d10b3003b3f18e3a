"""The one walk over a part of a workflow: shows each thing in it to the rules that look at its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from ..model.workflow import Call, Output, Participant, Workflow
from ..semantics.items import Item
from ..semantics.query_context import QueryContext
from ..syntax import Problem
from .rules import RULES

Check: TypeAlias = Callable[[Any, QueryContext], Iterator[Problem]]


def problems_of(item: Item, context: QueryContext) -> Iterator[Problem]:
    """What the rules say of a part."""
    for thing in _things(item, context):
        for check in _CHECKS.get(type(thing), ()):
            yield from check(thing, context)


def problems_of_whole(workflow: Workflow, context: QueryContext) -> Iterator[Problem]:
    """What the rules say of the workflow as a whole."""
    for check in _CHECKS.get(Workflow, ()):
        yield from check(workflow, context)


def _things(item: Item, context: QueryContext) -> Iterator[Any]:
    yield item
    if isinstance(item.subject, Participant | Output):
        yield item.subject
    for flow_node in item.flow_nodes:
        context.flow_node = flow_node
        yield flow_node.step
        if isinstance(flow_node.step, Call) and flow_node.step.inline is not None:
            yield flow_node.step.inline
    for expression_field in item.expression_fields:
        context.flow_node = expression_field.flow_node
        yield context.read(expression_field)


def _by_kind() -> dict[type, list[Check]]:
    checks: dict[type, list[Check]] = {}
    for rule in RULES:
        for kind in rule.SUBJECTS:
            checks.setdefault(kind, []).append(rule.check)
    return checks


_CHECKS = _by_kind()
