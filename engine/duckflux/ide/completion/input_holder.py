"""Finds the participant whose `input` is being typed, for the completion of its keys."""

from __future__ import annotations

import msgspec

from ...language.semantics.semantic_model import SemanticModel
from ...language.syntax import Mapping, Scalar
from .context import CompletionContext

# Before the variables: where an `input` begins it may also be an expression.
REQUIRED_GROUP, OPTIONAL_GROUP = -2, -1


class InputHolder(msgspec.Struct, frozen=True):
    """The map that has the `input`, and its key: a participant, or the override of one."""

    node: object
    name: str

    def field(self, field: str, model: SemanticModel) -> str | None:
        """Return a field of the holder or else of the participant that it overrides; None if neither has it."""
        participant = model.participant(self.name)
        for node in (self.node, participant.node if participant is not None else None):
            value = node.get(field) if isinstance(node, Mapping) else None
            if isinstance(value, Scalar) and value.text:
                return value.text
        return None


def input_holder(context: CompletionContext) -> InputHolder | None:
    """Return the holder of the `input` whose key is typed, or None if no such key is."""
    cursor = context.cursor
    # The first key of all is still the value of `input`.
    depth = 1 if cursor.role == "value" else 2
    is_input = len(cursor.keys) > depth and cursor.keys[-depth] == "input"
    if not context.may_be_key or cursor.role not in ("key", "value") or not is_input:
        return None
    return InputHolder(cursor.parents[-depth], str(cursor.keys[-depth - 1]))
