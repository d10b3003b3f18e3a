"""Parallel branches do not write or read each other's keys: see docs/language.md#parallel."""

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
    writes: dict[str, tuple[FlowNode, Scalar]] = {}
    for branch, flow_node in _nodes_in_branches(context.item, context.flow_node):
        for key in (entry.key for entry in flow_node.step.entries) if isinstance(flow_node.step, Set) else ():
            first_branch, set_key = writes.setdefault(key.text, (branch, key))
            if first_branch is not branch:
                message = f"another branch also sets `{key.text}`: which value remains depends on timing"
                yield Problem(registry.PARALLEL_RACE, message, key, ((set_key, "also set here"),))
    yield from _reads(context.item, context.flow_node, writes)


def _reads(item: Item, parallel: FlowNode, writes: dict[str, tuple[FlowNode, Scalar]]) -> Iterator[Problem]:
    branches = {flow_node: branch for branch, flow_node in _nodes_in_branches(item, parallel)}
    for expression_field in item.expression_fields:
        branch = branches.get(expression_field.flow_node) if expression_field.flow_node is not None else None
        if branch is None:
            continue
        for mention in sorted(mentions_of(expression_field.node.text)):
            first_branch, set_key = writes.get(mention.removeprefix(CONTEXT), (branch, None))
            if mention.startswith(CONTEXT) and first_branch is not branch and set_key is not None:
                message = (
                    f"another branch sets `{set_key.text}` at the same time: this may read the old value"
                )
                yield Problem(
                    registry.PARALLEL_RACE, message, expression_field.node, ((set_key, "set here"),)
                )


def _nodes_in_branches(item: Item, parallel: FlowNode) -> Iterator[tuple[FlowNode, FlowNode]]:
    """Yield the flow nodes inside a `parallel`, each after that of its branch."""
    depth = len(parallel.path)
    for flow_node in item.flow_nodes:
        if flow_node.path[depth - 1 : depth] == (parallel,) and len(flow_node.path) > depth:
            yield flow_node.path[depth], flow_node
