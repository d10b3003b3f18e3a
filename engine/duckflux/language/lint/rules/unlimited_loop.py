"""A loop with `until` also has `max`: see docs/language.md#loop."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Loop
from ...semantics.query_context import QueryContext
from ...syntax import Problem

SUBJECTS = (Loop,)


def check(loop: Loop, context: QueryContext) -> Iterator[Problem]:
    pair = loop.body.pair("until") if loop.body is not None else None
    if pair is not None and loop.max is None:
        message = "the loop never ends if `until` never becomes true: add `max` to limit it"
        yield Problem(registry.UNLIMITED_LOOP, message, pair.key)
