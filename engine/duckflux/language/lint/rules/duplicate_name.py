"""The `as` of an inline step is unique: see docs/language.md#steps."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem

SUBJECTS = (Call,)


def check(call: Call, context: QueryContext) -> Iterator[Problem]:
    inline = call.inline
    if inline is None or inline.name is None or inline.key is None:
        return
    first = context.query(SemanticModel.first_key, inline.name)
    if first is not None and first is not inline.key:
        message = f"name `{inline.name}` is already used: choose another one"
        yield Problem(registry.DUPLICATE_NAME, message, inline.key, ((first, "first defined here"),))
