"""A step names a participant that exists: see docs/language.md#steps."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call
from ...schema import CONSTRUCTS
from ...schema.validation import step_habit
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...suggest import closest, did_you_mean
from ...syntax import Mapping, Problem

SUBJECTS = (Call,)


def check(call: Call, context: QueryContext) -> Iterator[Problem]:
    name = call.name
    if name is None or context.query(SemanticModel.is_step, name.text):
        return
    if name.text in CONSTRUCTS and call.overrides is None:
        message = f"`{name.text}` needs a body: write `{name.text}:` and its fields below"
        yield Problem(registry.UNKNOWN_PARTICIPANT, message, name)
        return
    if _is_foreign(call):
        # `schema.validation` reports it.
        return
    from ...schema.habits import unknown_name_habit

    if habit := unknown_name_habit(name.text, call.overrides is not None):
        message = f"there is no participant `{name.text}`: {habit}"
        yield Problem(registry.UNKNOWN_PARTICIPANT, message, name)
        return
    suggestion = closest(name.text, context.query(SemanticModel.declared_names))
    message = f"unknown participant `{name.text}`{did_you_mean(suggestion)}"
    yield Problem(registry.UNKNOWN_PARTICIPANT, message, name, suggestion=suggestion)


def _is_foreign(call: Call) -> bool:
    """Return whether a step is written as in another tool."""
    node = call.node
    return isinstance(node, Mapping) and len(node.pairs) == 1 and step_habit(node.pairs[0]) is not None
