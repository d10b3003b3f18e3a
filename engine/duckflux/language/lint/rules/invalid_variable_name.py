"""The keys of a command's `input` can be environment variables: see docs/language.md#input-of-each-type."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call, Participant
from ...semantics.constants import constant_value
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...semantics.shell_syntax import VARIABLE_NAME
from ...syntax import Mapping, Problem, Scalar

SUBJECTS = (Participant, Call)


def check(subject: Participant | Call, context: QueryContext) -> Iterator[Problem]:
    holder = _holder(subject, context)
    given = holder.get("input") if holder is not None else None
    for key, value in given if isinstance(given, Mapping) else ():
        if not VARIABLE_NAME.fullmatch(key.text):
            message = (
                f"`{key.text}` cannot be an environment variable: a name consists of letters, digits and `_`,"
                " and does not start with a digit"
            )
            yield Problem(registry.INVALID_VARIABLE_NAME, message, key)
        elif isinstance(value, Scalar) and "\\" in value.text and _has_nul(value.text):
            message = f"`{key.text}` cannot be an environment variable: its value contains a NUL character"
            yield Problem(registry.INVALID_VARIABLE_NAME, message, value)


def _holder(subject: Participant | Call, context: QueryContext) -> Mapping | None:
    """Return the fields that hold the `input` of a command, None for any other step."""
    if isinstance(subject, Participant):
        return subject.node if subject.type == "exec" else None
    if subject.name is None or subject.overrides is None:
        return None
    participant = context.query(SemanticModel.participant, subject.name.text)
    return subject.overrides if participant is not None and participant.type == "exec" else None


def _has_nul(text: str) -> bool:
    value = constant_value(text)
    return isinstance(value, str) and "\0" in value
