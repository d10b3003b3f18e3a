"""Branches of a `parallel` run at the same time, in no certain order, and share the context (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.flow_nodes import FlowNode
from ...model.items import Item
from ...model.workflow import Parallel, Set
from ...semantics.expression_reads import CONTEXT, mentions_of
from ...semantics.query_context import QueryContext
from ...syntax import Problem, Scalar

LOOKS_AT = (Parallel,)


def check(parallel: Parallel, look: QueryContext) -> Iterator[Problem]:
    if look.unit is None or look.place is None:
        return
    written: dict[str, tuple[FlowNode, Scalar]] = {}
    for branch, place in _inside(look.unit, look.place):
        for key in (entry.key for entry in place.step.entries) if isinstance(place.step, Set) else ():
            first, where = written.setdefault(key.text, (branch, key))
            if first is not branch:
                message = f"another branch sets `{key.text}` too, and which one comes last is chance"
                yield Problem(registry.PARALLEL_RACE, message, key, ((where, "set here too"),))
    yield from _reads(look.unit, look.place, written)


def _reads(unit: Item, parallel: FlowNode, written: dict[str, tuple[FlowNode, Scalar]]) -> Iterator[Problem]:
    branches = {place: branch for branch, place in _inside(unit, parallel)}
    for site in unit.sites:
        branch = branches.get(site.place) if site.place is not None else None
        if branch is None:
            continue
        for thing in sorted(mentions_of(site.node.text)):
            first, where = written.get(thing.removeprefix(CONTEXT), (branch, None))
            if thing.startswith(CONTEXT) and first is not branch and where is not None:
                message = f"another branch sets `{where.text}` at the same time: it may be as before, or set"
                yield Problem(registry.PARALLEL_RACE, message, site.node, ((where, "set here"),))


def _inside(unit: Item, parallel: FlowNode) -> Iterator[tuple[FlowNode, FlowNode]]:
    """The places inside, each with that of its branch."""
    depth = len(parallel.path)
    for place in unit.flow_nodes:
        if place.path[depth - 1 : depth] == (parallel,) and len(place.path) > depth:
            yield place.path[depth], place
