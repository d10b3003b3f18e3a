"""The iterations of a loop can change its `until`: see docs/language.md#loop."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.flow_nodes import FlowNode
from ...model.workflow import Loop, Wait
from ...semantics.expression_reads import CONTEXT, mentions_of
from ...semantics.items import Item
from ...semantics.query_context import Expression, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Expression,)
_CONSTANT_PREFIXES = ("workflow.", "env.")


def check(expression: Expression, context: QueryContext) -> Iterator[Problem]:
    expression_field = expression.expression_field
    loop = expression_field.flow_node.step if expression_field.flow_node is not None else None
    if (
        expression_field.field != "until"
        or expression.checked is None
        or context.item is None
        or expression_field.flow_node is None
    ):
        return
    mentions = mentions_of(expression_field.node.text)
    if (
        not isinstance(loop, Loop)
        or not mentions
        or not all(_is_fixed(mention, expression_field.flow_node, context) for mention in mentions)
    ):
        return
    if not context.query(SemanticModel.is_whole):
        return
    otherwise = "only at its `max`" if loop.max is not None else "never"
    message = (
        f"no iteration changes the values this reads: the loop ends after the first iteration or {otherwise}"
    )
    yield Problem(
        registry.UNTIL_CANNOT_CHANGE,
        message,
        content_range(expression_field.node, 0, len(expression_field.node.text.rstrip())),
    )


def _is_fixed(mention: str, loop: FlowNode, context: QueryContext) -> bool:
    item = context.item
    if item is None or mention.startswith(_CONSTANT_PREFIXES):
        return item is not None
    changed_names = context.query(SemanticModel.run_inside, item, loop)
    if mention.startswith(CONTEXT):
        return mention not in changed_names
    if mention == "event":
        return not _has_wait(item, loop)
    return context.query(SemanticModel.is_step, mention) and mention not in changed_names


def _has_wait(item: Item, loop: FlowNode) -> bool:
    return any(isinstance(flow_node.step, Wait) and loop in flow_node.path for flow_node in item.flow_nodes)
