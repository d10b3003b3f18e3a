"""Branches of a `parallel` run at the same time, in no certain order, and share the context (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.flow_nodes import FlowNode
from ...model.workflow import Parallel, Set
from ...semantics.expression_reads import CONTEXT, mentions_of
from ...semantics.items import Item
from ...semantics.query_context import QueryContext
from ...syntax import Problem, Scalar

SUBJECTS = (Parallel,)


def check(parallel: Parallel, context: QueryContext) -> Iterator[Problem]:
    if context.item is None or context.flow_node is None:
        return
    written: dict[str, tuple[FlowNode, Scalar]] = {}
    for branch, flow_node in _inside(context.item, context.flow_node):
        for key in (entry.key for entry in flow_node.step.entries) if isinstance(flow_node.step, Set) else ():
            first, where = written.setdefault(key.text, (branch, key))
            if first is not branch:
                message = f"another branch also sets `{key.text}`: which value remains depends on timing"
                yield Problem(registry.PARALLEL_RACE, message, key, ((where, "also set here"),))
    yield from _reads(context.item, context.flow_node, written)


def _reads(item: Item, parallel: FlowNode, written: dict[str, tuple[FlowNode, Scalar]]) -> Iterator[Problem]:
    branches = {flow_node: branch for branch, flow_node in _inside(item, parallel)}
    for expression_field in item.expression_fields:
        branch = branches.get(expression_field.flow_node) if expression_field.flow_node is not None else None
        if branch is None:
            continue
        for thing in sorted(mentions_of(expression_field.node.text)):
            first, where = written.get(thing.removeprefix(CONTEXT), (branch, None))
            if thing.startswith(CONTEXT) and first is not branch and where is not None:
                message = f"another branch sets `{where.text}` at the same time: this may read the old value"
                yield Problem(registry.PARALLEL_RACE, message, expression_field.node, ((where, "set here"),))


def _inside(item: Item, parallel: FlowNode) -> Iterator[tuple[FlowNode, FlowNode]]:
    """The places inside, each with that of its branch."""
    depth = len(parallel.path)
    for flow_node in item.flow_nodes:
        if flow_node.path[depth - 1 : depth] == (parallel,) and len(flow_node.path) > depth:
            yield flow_node.path[depth], flow_node
