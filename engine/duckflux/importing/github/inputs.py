"""Makes inputs of a workflow out of those of `workflow_dispatch` and `workflow_call`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..plan import InputPlan, cel_text
from .expressions import Translated
from .nodes import one_line


def inputs_of(triggers: Any) -> Iterator[InputPlan]:
    """Yield the inputs that the triggers of a workflow declare, each name once."""
    if not isinstance(triggers, dict):
        return
    seen = set()
    for name in ("workflow_dispatch", "workflow_call"):
        trigger = triggers.get(name)
        for key, given in ((trigger.get("inputs") if isinstance(trigger, dict) else None) or {}).items():
            if key not in seen:
                seen.add(key)
                yield InputPlan(str(key), _fields(given or {}))


def input_value(name: str, kind: str) -> Translated:
    """Return the value of an input of the workflow, by its type."""
    is_name = re.fullmatch(r"[A-Za-z_]\w*", name, re.A) is not None
    cel = f"workflow.inputs.{name}" if is_name else f"workflow.inputs[{cel_text(name)}]"
    return Translated(cel, "bool" if kind == "boolean" else "number" if kind == "number" else "string")


def _fields(given: Mapping[str, Any]) -> dict[str, object]:
    """Return the field schema of an input."""
    kind = str(given.get("type", "string"))
    fields: dict[str, object] = {"type": kind if kind in ("boolean", "number") else "string"}
    if given.get("description"):
        fields["description"] = one_line(given["description"])
    if isinstance(given.get("options"), list):
        fields["enum"] = [str(option) for option in given["options"]]
    if given.get("default") is not None:
        default = given["default"]
        text = str(default).lower() if isinstance(default, bool) else str(default)
        if kind == "boolean":
            fields["default"] = text == "true"
        elif kind == "number" and isinstance(default, (int, float)):
            fields["default"] = default
        elif "${{" not in text:
            fields["default"] = text
    elif given.get("required") is True:
        fields["required"] = True
    else:
        fields["default"] = False if kind == "boolean" else 0 if kind == "number" else ""
    if "enum" in fields and fields.get("default") == "":
        del fields["default"]
        fields["required"] = True
    return fields
