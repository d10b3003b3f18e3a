"""Fields are supported by the schema of the reference runtime: see docs/language.md#9-static-checks."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem

SUBJECTS = (Participant, Call)
_OVERRIDES = ("when", "timeout", "onError", "retry", "input")


def check(subject: Participant | Call, context: QueryContext) -> Iterator[Problem]:
    if isinstance(subject, Participant):
        pair = subject.node.pair("onTimeout")
        if pair is not None and subject.type == "emit":
            message = "the reference runtime does not support `onTimeout` here"
            yield Problem(registry.UNPORTABLE_FIELD, message, pair.key)
        return
    if subject.name is None or not context.query(SemanticModel.is_declared, subject.name.text):
        # The name is wrong, so its fields are perhaps not meant as overrides.
        return
    for key, _ in subject.overrides or ():
        if key.text not in _OVERRIDES:
            message = f"the reference runtime only supports `{key.text}` in the participant itself"
            yield Problem(registry.UNPORTABLE_OVERRIDE, message, key)
