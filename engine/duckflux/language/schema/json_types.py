"""Tells the JSON types of values, and of what a schema accepts."""

from __future__ import annotations

from collections.abc import Iterator

from ..syntax import Mapping, Node, Scalar, Sequence
from . import Schema, resolve


def type_of(node: Node) -> str:
    """Return the JSON type of a value."""
    if isinstance(node, Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    match node.value if isinstance(node, Scalar) else None:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float() as number:
            return "integer" if number.is_integer() else "number"
        case _:
            return "string"


def accepted_types(schema: Schema) -> Iterator[str]:
    """Yield the JSON types of the values that a schema accepts; nothing where it accepts any."""
    for branch in branches(schema):
        types = branch.get("type", ())
        yield from (types,) if isinstance(types, str) else types


def branches(schema: Schema) -> Iterator[Schema]:
    """Yield the branches of a union; another schema is its only branch."""
    is_union = "anyOf" in schema and "properties" not in schema
    return map(resolve, schema["anyOf"] if is_union else (schema,))
