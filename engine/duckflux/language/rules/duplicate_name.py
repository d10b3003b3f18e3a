"""The `as` of an inline step must be a name of its own (section 1)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..source import Problem, Scalar


def check(context: Context) -> Iterator[Problem]:
    taken: dict[str, Scalar] = {
        name: participant.key
        for name, participant in context.workflow.participants.items()
        if participant.key is not None
    }
    for call in context.calls:
        inline = call.inline
        if inline is None or inline.name is None or inline.key is None:
            continue
        first = taken.setdefault(inline.name, inline.key)
        if first is not inline.key:
            message = f"the name `{inline.name}` is taken: choose another one"
            yield Problem(codes.DUPLICATE_NAME, message, inline.key, ((first, "first one"),))
