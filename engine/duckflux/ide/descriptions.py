"""Describes fields of the schema, participants and types in words, for hovers, completions and hints."""

from __future__ import annotations

from typing import Any

from ..cel.types import RecordType, Type
from ..language.model.workflow import Participant
from ..language.schema import Schema, resolve
from ..language.syntax import Scalar
from .markdown import code_span, fenced, plain

_CEL = {"condition": "CEL (bool)", "value": "CEL", "text": "CEL or text", "body": "CEL or text"}


def accepted_types(field: Schema) -> str:
    """Return what a field accepts, in a few words: `exec | http`, `duration`, `CEL or map`."""
    field = resolve(field)
    if "x-cel" in field:
        words = [_CEL[field["x-cel"]]]
        return " or ".join(words + (["map"] if "object" in field.get("type", ()) else []))
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "anyOf" in field and "properties" not in field:
        return " or ".join(dict.fromkeys(accepted_types(branch) for branch in field["anyOf"]))
    if field.get("x-kind") == "duration":
        return "duration"
    kinds = field.get("type", "any value")
    plain_names = {
        "object": "map",
        "array": "list",
        "string": "text",
        "boolean": "true or false",
        "null": "nothing",
    }
    return " or ".join(plain_names.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def field_doc(name: str, field: Schema) -> str:
    """Return Markdown about a field: its type, meaning, default and examples, and the types of participant."""
    field = resolve(field)
    parts = [f"`{name}`: {accepted_types(field)}", field.get("description", "")]
    if "default" in field:
        parts.append(f"Default: `{_literal(field['default'])}`")
    if examples := field.get("examples"):
        parts.append("For example " + ", ".join(f"`{_literal(example)}`" for example in examples))
    if kinds := field.get("x-types"):
        parts.append("Only for participants of type " + " or ".join(f"`{kind}`" for kind in kinds))
    return "\n\n".join(part for part in parts if part)


def participant_summary(participant: Participant) -> str:
    """Return Markdown about what a participant does, by the field that says it."""
    names = ("run", "url", "tool", "path", "event")
    fields = [(key, value) for key in names if isinstance(value := participant.node.get(key), Scalar)]
    lines = [f"**{plain(participant.name or participant.type)}** ({plain(participant.type)})"]
    for key, value in fields:
        text = value.text.strip()
        text = text if len(text) <= 300 else text[:300] + "…"
        lines.append(fenced(text, "sh") if key == "run" else f"{key}: {code_span(text)}")
    return "\n\n".join(lines)


def short_type(type_: Type) -> str:
    """Return a type in one word or two: a map without its fields."""
    return "map" if isinstance(type_, RecordType) else str(type_)


def type_in_words(type_: Type) -> str | None:
    """Return a type in the words of people who write workflows, None if it is unknown."""
    if isinstance(type_, RecordType):
        return "an object"
    return _WORDS.get(str(type_).partition("(")[0])


_WORDS = {
    "string": "text",
    "list": "a list",
    "map": "an object",
    "int": "a whole number",
    "uint": "a whole number",
    "double": "a number",
    "bool": "true or false",
    "null": "nothing",
    "timestamp": "a time",
    "duration": "a duration",
    "bytes": "bytes",
}


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
