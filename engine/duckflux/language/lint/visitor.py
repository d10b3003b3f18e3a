"""The one walk over a part of a workflow: shows each thing in it to the rules that look at its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from ..model.items import Item
from ..model.workflow import Call, Output, Participant, Workflow
from ..semantics.query_context import QueryContext
from ..syntax import Problem
from .rules import RULES

Check: TypeAlias = Callable[[Any, QueryContext], Iterator[Problem]]


def problems_of(unit: Item, look: QueryContext) -> Iterator[Problem]:
    """What the rules say of a part."""
    for thing in _things(unit, look):
        for check in _CHECKS.get(type(thing), ()):
            yield from check(thing, look)


def problems_of_whole(workflow: Workflow, look: QueryContext) -> Iterator[Problem]:
    """What the rules say of the workflow as a whole."""
    for check in _CHECKS.get(Workflow, ()):
        yield from check(workflow, look)


def _things(unit: Item, look: QueryContext) -> Iterator[Any]:
    yield unit
    if isinstance(unit.subject, Participant | Output):
        yield unit.subject
    for place in unit.flow_nodes:
        look.place = place
        yield place.step
        if isinstance(place.step, Call) and place.step.inline is not None:
            yield place.step.inline
    for site in unit.sites:
        look.place = site.place
        yield look.read(site)


def _by_kind() -> dict[type, list[Check]]:
    checks: dict[type, list[Check]] = {}
    for rule in RULES:
        for kind in rule.LOOKS_AT:
            checks.setdefault(kind, []).append(rule.check)
    return checks


_CHECKS = _by_kind()
