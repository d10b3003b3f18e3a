"""The default of an input is valid: see docs/language.md#6-inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ... import registry
from ...model.workflow import field_schema
from ...semantics.items import Section
from ...semantics.query_context import QueryContext
from ...syntax import Mapping, Problem, plain_value

SUBJECTS = (Section,)
_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_WORDS = {"array": "an array", "object": "a map", "string": "text", "boolean": "true or false"}


def check(section: Section, context: QueryContext) -> Iterator[Problem]:
    if section.key is None or section.key.text != "inputs":
        return
    for _, field in section.node if isinstance(section.node, Mapping) else ():
        default = field.get("default") if isinstance(field, Mapping) else None
        value = plain_value(default)
        # `default: null` gives no value, whatever the type.
        if default is None or value is None:
            continue
        reason = _reason(value, field_schema(field)[0])
        if reason is not None:
            yield Problem(registry.INVALID_DEFAULT, f"invalid default: {reason}", default)


def _reason(value: Any, schema: dict[str, Any]) -> str | None:
    """Return why a value is invalid, None if it seems valid."""
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _CLASSES:
        return None
    has_type = isinstance(value, _CLASSES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not has_type or (kind == "integer" and isinstance(value, float) and not value.is_integer()):
        return f"the input must be {_WORDS.get(kind, f'a {kind}' if kind != 'integer' else 'an integer')}"
    values = schema.get("enum")
    if isinstance(values, list) and value not in values:
        return "it is not one of the values of `enum`"
    return _out_of_range(value, schema)


def _out_of_range(value: Any, schema: dict[str, Any]) -> str | None:
    size = len(value) if isinstance(value, str) else value
    lower, upper = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
    if not isinstance(size, int | float):
        return None
    if isinstance(schema.get(lower), int | float) and size < schema[lower]:
        return f"`{lower}` is {schema[lower]}"
    if isinstance(schema.get(upper), int | float) and size > schema[upper]:
        return f"`{upper}` is {schema[upper]}"
    return None
