"""An inline step is not referenced by other steps: see docs/language.md#steps."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Call
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem

SUBJECTS = (Call,)


def check(call: Call, context: QueryContext) -> Iterator[Problem]:
    if call.name is None or context.query(SemanticModel.is_declared, call.name.text):
        return
    inline = context.query(SemanticModel.inline, call.name.text)
    if inline is None or inline.key is None:
        return
    message = f"`{call.name.text}` is an inline step: move it to `participants` to run it more than once"
    yield Problem(registry.INLINE_REFERENCE, message, call.name, ((inline.key, "defined here"),))
