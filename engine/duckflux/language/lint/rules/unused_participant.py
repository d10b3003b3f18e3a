"""A participant that nothing names never runs (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.items import Unit
from ...semantics.query_context import Look
from ...semantics.semantic_model import Context
from ...syntax import Problem

LOOKS_AT = (Unit,)


def check(unit: Unit, look: Look) -> Iterator[Problem]:
    if unit.role == "participant" and unit.key is not None and look.ask(Context.is_unused, unit.key.text):
        yield Problem(registry.UNUSED_PARTICIPANT, f"no step runs `{unit.key.text}`", unit.key)
