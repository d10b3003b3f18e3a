"""The types of the checker: CEL's own, and records (maps whose fields are known) and enumerated strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec


class Type(msgspec.Struct, frozen=True):
    """A type. ``str()`` writes it as CEL does: ``list(int)``."""


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
    """The type of a type, as ``type(1)`` has."""

    of: Type

    def __str__(self) -> str:
        return f"type({self.of})"


class EnumType(Type, frozen=True):
    """A string out of a list."""

    values: tuple[str, ...]

    def __str__(self) -> str:
        return " | ".join(f'"{value}"' for value in self.values)


class Field(msgspec.Struct, frozen=True):
    """A field of a record: its type, what it means, and whether it may be absent."""

    type: Type
    doc: str = ""
    optional: bool = False


class RecordType(Type, frozen=True):
    """A map whose fields are known; an open one may have others, of any type.

    ``unknown`` is the code of the problem that reading another field of a closed record gives; with a code of
    its own such a field may be there all the same, so ``has`` may ask for it.
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
    """A type yet to be found: a parameter in a signature, or the element of an empty list."""

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
    """``list(element)``."""
    return ListType(element)


def map_of(key: Type, value: Type) -> MapType:
    """``map(key, value)``."""
    return MapType(key, value)


def optional_of(value: Type) -> OptionalType:
    """``optional_type(value)``."""
    return OptionalType(value)


def enum_of(*values: str) -> EnumType:
    """A string that is one of ``values``."""
    return EnumType(values)


def record(
    fields: Mapping[str, Type | Field] | None = None,
    *,
    open: bool = False,
    optional: frozenset[str] | set[str] | tuple[str, ...] = (),
    docs: Mapping[str, str] | None = None,
    unknown: str = "no-such-field",
) -> RecordType:
    """A record of ``fields``, given as types or as ``Field``s.

    ``optional`` names those that may be absent, ``docs`` explains them, ``open`` allows others beside them;
    ``unknown`` is the problem code of a field that a closed record lacks.
    """
    docs = docs or {}
    made = {
        name: given if isinstance(given, Field) else Field(given, docs.get(name, ""), name in optional)
        for name, given in (fields or {}).items()
    }
    return RecordType(made, open, unknown)


def field_of(given: Type | Field) -> Field:
    """``given`` as a field, without doc if it is only a type."""
    return given if isinstance(given, Field) else Field(given)


def of_value(value: Any) -> Type:
    """The type of a plain value, with records for maps whose keys are all strings."""
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
