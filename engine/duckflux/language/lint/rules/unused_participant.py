"""A participant is run by a step: see docs/language.md#participants."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...semantics.items import Item
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Problem

SUBJECTS = (Item,)


def check(item: Item, context: QueryContext) -> Iterator[Problem]:
    if (
        item.role == "participant"
        and item.key is not None
        and isinstance(item.node, Mapping)
        and context.query(SemanticModel.is_unused, item.key.text)
    ):
        yield Problem(registry.UNUSED_PARTICIPANT, f"participant `{item.key.text}` is never run", item.key)
