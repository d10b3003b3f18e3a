"""A participant that nothing names never runs (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..look import Look
from ..source import Problem
from ..unit import Unit

LOOKS_AT = (Unit,)


def check(unit: Unit, look: Look) -> Iterator[Problem]:
    if unit.role == "participant" and unit.key is not None and look.ask(Context.is_unused, unit.key.text):
        yield Problem(codes.UNUSED_PARTICIPANT, f"no step runs `{unit.key.text}`", unit.key)
