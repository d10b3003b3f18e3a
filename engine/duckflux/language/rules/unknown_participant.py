"""A step must name a participant that exists."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..model import CONSTRUCTS
from ..source import Problem
from ..suggest import closest, did_you_mean


def check(context: Context) -> Iterator[Problem]:
    known = context.declared
    for call in context.calls:
        name = call.name
        if name is None or name.text in known or name.text in context.inline:
            continue
        if name.text in CONSTRUCTS and call.overrides is None:
            message = f"`{name.text}` needs a body: write `{name.text}:` and what belongs to it"
            yield Problem(codes.UNKNOWN_PARTICIPANT, message, name)
            continue
        suggestion = closest(name.text, known)
        message = f"no participant is called `{name.text}`{did_you_mean(suggestion)}"
        yield Problem(codes.UNKNOWN_PARTICIPANT, message, name, suggestion=suggestion)
