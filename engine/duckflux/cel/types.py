"""The types of the checker: those of CEL, records (maps whose fields are known) and enumerations of strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec


class Type(msgspec.Struct, frozen=True):
    """A type. ``str()`` writes it in CEL's notation: ``list(int)``."""


class Simple(Type, frozen=True):
    """A type without parts."""

    name: str

    def __str__(self) -> str:
        return self.name


class ListType(Type, frozen=True):
    element: Type

    def __str__(self) -> str:
        return f"list({self.element})"


class MapType(Type, frozen=True):
    key: Type
    value: Type

    def __str__(self) -> str:
        return f"map({self.key}, {self.value})"


class OptionalType(Type, frozen=True):
    value: Type

    def __str__(self) -> str:
        return f"optional_type({self.value})"


class TypeType(Type, frozen=True):
    """The type of a type, such as that of ``type(1)``."""

    of: Type

    def __str__(self) -> str:
        return f"type({self.of})"


class EnumType(Type, frozen=True):
    """A string that is one of ``values``."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return " | ".join(f'"{value}"' for value in self.values)


class Field(msgspec.Struct, frozen=True):
    """A field of a record: its type, its documentation, and whether it may be absent."""

    type: Type
    doc: str = ""
    optional: bool = False


class RecordType(Type, frozen=True):
    """A map whose fields are known; an open one may have others, of any type.

    ``unknown`` is the code of the problem for reading another field of a closed record. If the code is not
    ``no-such-field``, such a field may exist nevertheless, so that ``has`` may test for it.
    """

    fields: Mapping[str, Field]
    open: bool = False
    unknown: str = "no-such-field"

    def __str__(self) -> str:
        parts = [
            f"{name}{'?' if field.optional else ''}: {field.type}" for name, field in self.fields.items()
        ]
        return "{" + ", ".join([*parts, "..."] if self.open else parts) + "}"


class Variable(Type, frozen=True):
    """A type that is not known yet: a parameter of a signature, or the element of an empty list."""

    name: str

    def __str__(self) -> str:
        return self.name


BOOL: Final = Simple("bool")
INT: Final = Simple("int")
UINT: Final = Simple("uint")
DOUBLE: Final = Simple("double")
STRING: Final = Simple("string")
BYTES: Final = Simple("bytes")
NULL: Final = Simple("null")
TIMESTAMP: Final = Simple("timestamp")
DURATION: Final = Simple("duration")
DYN: Final = Simple("dyn")
NUMBERS: Final = (INT, UINT, DOUBLE)

# The type parameters of signatures, and the generic containers made of them.
A: Final = Variable("A")
B: Final = Variable("B")
LIST: Final = ListType(A)
MAP: Final = MapType(A, B)


def list_of(element: Type) -> ListType:
    """Return ``list(element)``."""
    return ListType(element)


def map_of(key: Type, value: Type) -> MapType:
    """Return ``map(key, value)``."""
    return MapType(key, value)


def optional_of(value: Type) -> OptionalType:
    """Return ``optional_type(value)``."""
    return OptionalType(value)


def enum_of(*values: str) -> EnumType:
    """Return the type of a string that is one of ``values``."""
    return EnumType(values)


def record(
    fields: Mapping[str, Type | Field] | None = None,
    *,
    open: bool = False,
    optional: frozenset[str] | set[str] | tuple[str, ...] = (),
    docs: Mapping[str, str] | None = None,
    unknown: str = "no-such-field",
) -> RecordType:
    """Return a record of ``fields``, each a type or a ``Field``.

    ``optional`` names those that may be absent, ``docs`` documents them, ``open`` allows others beside them;
    ``unknown`` is the problem code of a field that a closed record lacks.
    """
    docs = docs or {}
    record_fields = {
        name: declaration
        if isinstance(declaration, Field)
        else Field(declaration, docs.get(name, ""), name in optional)
        for name, declaration in (fields or {}).items()
    }
    return RecordType(record_fields, open, unknown)


def field_of(declaration: Type | Field) -> Field:
    """Return a type as a field without documentation, and a field unchanged."""
    return declaration if isinstance(declaration, Field) else Field(declaration)


def of_value(value: Any) -> Type:
    """Return the type of a plain value, with records for maps whose keys are all strings."""
    from .values import class_of

    kind = class_of(value)
    if kind is dict:
        if all(isinstance(key, str) for key in value):
            return record({key: of_value(item) for key, item in value.items()}, open=True)
        return MapType(DYN, DYN)
    if kind is list:
        elements = [of_value(item) for item in value[:100]]
        same = elements and all(element == elements[0] for element in elements) and len(value) <= 100
        return ListType(elements[0] if same else DYN)
    return _OF_CLASS.get(kind.__name__, DYN)


_OF_CLASS = {
    "NoneType": NULL,
    "bool": BOOL,
    "int": INT,
    "Uint": UINT,
    "float": DOUBLE,
    "str": STRING,
    "bytes": BYTES,
    "Timestamp": TIMESTAMP,
    "Duration": DURATION,
}
