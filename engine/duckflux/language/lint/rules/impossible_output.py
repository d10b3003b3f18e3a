"""The output of the workflow can fit its own schema: see docs/language.md#workflow-output."""

from __future__ import annotations

from collections.abc import Iterator

from ....cel.types import BOOL, INT, STRING, EnumType, ListType, MapType, RecordType, Type
from ... import registry
from ...model.workflow import Output, object_schema
from ...semantics.builtin_variables import of_schema
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Problem, Scalar

SUBJECTS = (Output,)


def check(output: Output, context: QueryContext) -> Iterator[Problem]:
    if output.map is None or output.schema is None:
        return
    schema = object_schema(output.schema)
    for name in schema["required"]:
        if name not in output.map:
            key = output.schema.pair(name)
            message = f"`map` lacks `{name}`, which the schema requires"
            yield Problem(registry.IMPOSSIBLE_OUTPUT, message, key.key if key is not None else output.schema)
    yield from _wrong_types(output.map, schema["properties"], context)


def _wrong_types(
    output: Mapping, fields: dict[str, dict[str, object]], context: QueryContext
) -> Iterator[Problem]:
    for key, value in output:
        if key.text not in fields or not isinstance(value, Scalar) or not isinstance(value.value, str):
            continue
        expected, actual = of_schema(fields[key.text]), context.query(SemanticModel.type_of, value.text)
        if not _is_compatible(_type_name(actual), _type_name(expected)):
            message = f"the schema of `{key.text}` requires {_type_name(expected)}, not {_type_name(actual)}"
            yield Problem(registry.IMPOSSIBLE_OUTPUT, message, value)


def _is_compatible(actual: str | None, expected: str | None) -> bool:
    return actual is None or expected is None or actual == expected


def _type_name(type_: Type) -> str | None:
    """Return what messages call a type, None for one that includes several."""
    if isinstance(type_, MapType | RecordType):
        return "a map"
    if isinstance(type_, ListType):
        return "an array"
    if isinstance(type_, EnumType):
        return "text"
    if type_ == STRING:
        return "text"
    if type_ == INT:
        return "an integer"
    return "true or false" if type_ == BOOL else None
