"""A participant that nothing names never runs (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.items import Item
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem

LOOKS_AT = (Item,)


def check(unit: Item, look: QueryContext) -> Iterator[Problem]:
    if (
        unit.role == "participant"
        and unit.key is not None
        and look.ask(SemanticModel.is_unused, unit.key.text)
    ):
        yield Problem(registry.UNUSED_PARTICIPANT, f"no step runs `{unit.key.text}`", unit.key)
