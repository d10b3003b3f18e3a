"""`retry` counts only where `onError` is `retry` (section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Problem

LOOKS_AT = (Participant, Call)


def check(subject: Participant | Call, look: QueryContext) -> Iterator[Problem]:
    node = subject.node if isinstance(subject, Participant) else subject.overrides
    pair = node.pair("retry") if isinstance(node, Mapping) else None
    if pair is None or _is_retried(subject, look):
        return
    message = "nothing is tried again, as `onError` is not `retry`"
    yield Problem(registry.UNUSED_RETRY, message, pair.key)


def _is_retried(subject: Participant | Call, look: QueryContext) -> bool:
    if isinstance(subject, Call):
        return look.ask(SemanticModel.strategy, subject) == "retry"
    if subject.inline or subject.name is None:
        step = look.place.step if look.place is not None else None
        return not isinstance(step, Call) or look.ask(SemanticModel.strategy, step) == "retry"
    return look.ask(SemanticModel.is_retried, subject.name)
