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
    if unit.role != "participant" or unit.key is None or look.ask(Context.is_used, unit.key.text):
        return
    # It may be meant by a name that is misspelt, or half-typed.
    if look.ask(Context.is_whole) and not look.ask(Context.unknown_names):
        yield Problem(codes.UNUSED_PARTICIPANT, f"no step runs `{unit.key.text}`", unit.key)
