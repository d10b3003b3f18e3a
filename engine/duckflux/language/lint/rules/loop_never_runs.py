"""The `max` of a loop is not a constant 0: see docs/language.md#loop."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...model.workflow import Loop
from ...semantics.constants import constant_value
from ...semantics.query_context import QueryContext
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (Loop,)


def check(loop: Loop, context: QueryContext) -> Iterator[Problem]:
    limit = loop.max
    if limit is None or not isinstance(limit.value, str):
        return
    value = constant_value(limit.text)
    if isinstance(value, int) and not isinstance(value, bool) and value == 0:
        message = "this is always 0, so the loop never runs"
        yield Problem(registry.LOOP_NEVER_RUNS, message, content_range(limit, 0, len(limit.text.rstrip())))
