"""The result of the last step is not lost: see docs/language.md#workflow-output."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call
from ...schema.participant_types import find_or_default
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem

SUBJECTS = (Call,)


def check(call: Call, context: QueryContext) -> Iterator[Problem]:
    inline = call.inline
    if inline is None or inline.name is not None or context.item is None:
        return
    if not find_or_default(inline.type).runs_for_output:
        return
    if (
        context.flow_node is None
        or context.flow_node.parent is not None
        or context.query(SemanticModel.step_after, context.item)
    ):
        return
    pair = inline.node.pair("type")
    if pair is not None and context.query(SemanticModel.is_result_unread):
        message = "the result of this step is lost: it has no `as`, and `output` does not read it"
        yield Problem(registry.UNUSED_RESULT, message, pair.value)
