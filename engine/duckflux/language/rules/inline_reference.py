"""An inline step runs where it stands and can't be referenced as a step elsewhere (section 1)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..source import Problem


def check(context: Context) -> Iterator[Problem]:
    for call in context.calls:
        if call.name is None or call.name.text in context.declared:
            continue
        inline = context.inline.get(call.name.text)
        if inline is None or inline.key is None:
            continue
        message = f"`{call.name.text}` is an inline step: to run it in two places, move it to `participants`"
        yield Problem(codes.INLINE_REFERENCE, message, call.name, ((inline.key, "defined here"),))
