"""`$NAME` in a shell command: what the step's input and the environment give."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from duckflux.ide.cursor import PROBE, Probe
from duckflux.language.semantics.semantic_model import SemanticModel
from duckflux.language.syntax import Mapping
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from .candidate import Candidate

_NAME = re.compile(r"\$(\{?)(\w*)\Z")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")


def shell_variables(probe: Probe, offset: int, model: SemanticModel) -> Iterator[Candidate]:
    """The variables a command may read, after a `$`: first those of the step's own input."""
    typed = _NAME.search(probe.before)
    if typed is None:
        return
    close = "}" if typed[1] and not probe.after.startswith("}") else ""
    edit = Edit(offset - len(typed[2]), offset, "")
    given = input_keys(probe, model)
    for group, detail, names in ((1, "input", given), (3, "environment", sorted(os.environ))):
        for name in names:
            if _VARIABLE.fullmatch(name) and (group == 1 or name not in given):
                kind = CompletionItemKind.Variable
                yield Candidate(name, kind, edit._replace(text=name + close), detail, group=group)


def input_keys(probe: Probe, model: SemanticModel) -> list[str]:
    """The keys of the maps that the step around the probe is given by its `input`, and by its callers'."""
    holder = probe.cursor.parent
    inputs = [holder.get("input") if isinstance(holder, Mapping) else None]
    name = next((p.name for p in model.workflow.participants.values() if p.node is holder), None)
    for item in model.items.steps:
        for call in item.calls:
            if name is not None and call.name is not None and call.name.text == name and call.overrides:
                inputs.append(call.overrides.get("input"))
    keys = (key.text for node in inputs if isinstance(node, Mapping) for key, _ in node)
    return [key for key in dict.fromkeys(keys) if PROBE not in key]
