"""An input that no expression reads is asked for in vain (section 9)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import codes
from ..context import Context
from ..look import Look
from ..source import Mapping, Problem
from ..unit import Section

LOOKS_AT = (Section,)


def check(section: Section, look: Look) -> Iterator[Problem]:
    if section.key is None or section.key.text != "inputs":
        return
    for key, _ in section.node if isinstance(section.node, Mapping) else ():
        if look.ask(Context.is_unused_input, key.text):
            yield Problem(codes.UNUSED_INPUT, f"nothing reads `workflow.inputs.{key.text}`", key)
