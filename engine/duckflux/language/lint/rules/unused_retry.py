"""`retry` is only used with `onError: retry`: see docs/language.md#retries."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Problem

SUBJECTS = (Participant, Call)


def check(subject: Participant | Call, context: QueryContext) -> Iterator[Problem]:
    node = subject.node if isinstance(subject, Participant) else subject.overrides
    pair = node.pair("retry") if isinstance(node, Mapping) else None
    if pair is None or _is_retried(subject, context):
        return
    message = "`retry` has no effect: `onError` is not `retry`"
    yield Problem(registry.UNUSED_RETRY, message, pair.key)


def _is_retried(subject: Participant | Call, context: QueryContext) -> bool:
    if isinstance(subject, Call):
        return context.query(SemanticModel.strategy, subject) == "retry"
    if subject.inline or subject.name is None:
        step = context.flow_node.step if context.flow_node is not None else None
        return not isinstance(step, Call) or context.query(SemanticModel.strategy, step) == "retry"
    return context.query(SemanticModel.is_retried, subject.name)
