"""Completes `$NAME` in a shell command: the keys of the step's input, and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from ...language.syntax import Mapping
from ...language.syntax.edits import TextEdit
from ..cursor import PROBE
from .completion import Completion
from .context import CompletionContext

_NAME = re.compile(r"\$(\{?)(\w*)\Z")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield the variables that a command may read, after a `$`: first those of the step's own input."""
    typed = _NAME.search(context.probe.before) if context.is_shell and context.mode == "value" else None
    if typed is None:
        return
    close = "}" if typed[1] and not context.probe.after.startswith("}") else ""
    edit = TextEdit(context.offset - len(typed[2]), context.offset, "")
    given = _input_keys(context)
    for group, detail, names in ((1, "input", given), (3, "environment", sorted(os.environ))):
        for name in names:
            if _VARIABLE.fullmatch(name) and (group == 1 or name not in given):
                yield Completion(name, "variable", edit._replace(text=name + close), detail, group=group)


def _input_keys(context: CompletionContext) -> list[str]:
    """Return the keys of the step's `input`, and of the `input` of its overrides."""
    holder, model = context.cursor.parent, context.model
    inputs = [holder.get("input") if isinstance(holder, Mapping) else None]
    name = next((p.name for p in model.workflow.participants.values() if p.node is holder), None)
    for item in model.items.steps:
        for call in item.calls:
            if name is not None and call.name is not None and call.name.text == name and call.overrides:
                inputs.append(call.overrides.get("input"))
    keys = (key.text for node in inputs if isinstance(node, Mapping) for key, _ in node)
    return [key for key in dict.fromkeys(keys) if PROBE not in key]
