"""Fields of the schema and participants in words, for hovers and completions."""

from __future__ import annotations

from typing import Any

from duckflux.language.model.workflow import Participant
from duckflux.language.schema import Schema, resolve
from duckflux.language.syntax import Scalar

_CEL = {"condition": "CEL (bool)", "value": "CEL", "text": "CEL or text", "body": "CEL or text"}


def type_words(field: Schema) -> str:
    """What a field takes, in a few words: `exec | http`, `duration`, `CEL or map`."""
    field = resolve(field)
    if "x-cel" in field:
        words = [_CEL[field["x-cel"]]]
        return " or ".join(words + (["map"] if "object" in field.get("type", ()) else []))
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "anyOf" in field and "properties" not in field:
        return " or ".join(dict.fromkeys(type_words(branch) for branch in field["anyOf"]))
    if field.get("x-kind") == "duration":
        return "duration"
    kinds = field.get("type", "any value")
    names = {
        "object": "map",
        "array": "list",
        "string": "text",
        "boolean": "true or false",
        "null": "nothing",
    }
    return " or ".join(names.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def field_doc(name: str, field: Schema) -> str:
    """Markdown: the name with its type, what it means, its default, examples, and the types it is for."""
    field = resolve(field)
    parts = [f"`{name}`: {type_words(field)}", field.get("description", "")]
    if "default" in field:
        parts.append(f"Default: `{_shown(field['default'])}`")
    if examples := field.get("examples"):
        parts.append("For example " + ", ".join(f"`{_shown(example)}`" for example in examples))
    if kinds := field.get("x-types"):
        parts.append("Only for participants of type " + " or ".join(f"`{kind}`" for kind in kinds))
    return "\n\n".join(part for part in parts if part)


def summary(participant: Participant) -> str:
    """Markdown: what a participant does, by the field that says it."""
    shown = ("run", "url", "tool", "path", "event")
    fields = [(key, value) for key in shown if isinstance(value := participant.node.get(key), Scalar)]
    lines = [f"**{participant.name or participant.type}** ({participant.type})"]
    for key, value in fields:
        text = value.text.strip()
        text = text if len(text) <= 300 else text[:300] + "…"
        lines.append(f"```sh\n{text}\n```" if key == "run" else f"{key}: `{text}`")
    return "\n\n".join(lines)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
