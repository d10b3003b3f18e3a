"""Values are plain Python: None, bool, int, float, str, bytes, list and dict, and the few classes that Python lacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from .chrono import Duration, Timestamp

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
UINT_MAX: Final = 2**64 - 1


class Uint(int):
    """An unsigned 64-bit integer. Equal to the int of the same value, yet of another CEL type."""

    __slots__ = ()


class TypeValue(msgspec.Struct, frozen=True):
    """A type as a value, as ``type(1)`` gives."""

    name: str


class OptionalValue(msgspec.Struct, frozen=True, eq=False):
    """A value that may be absent, as ``optional.of(x)`` gives."""

    present: bool = False
    value: Any = None


NONE: Final = OptionalValue()

_NAMES: dict[type, str] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    dict: "map",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    TypeValue: "type",
    OptionalValue: "optional_type",
}


def class_of(value: Any) -> type:
    """The class that stands for the CEL type of ``value``: ``dict`` for any mapping, ``str`` for a subclass of it."""
    kind = type(value)
    if kind in _NAMES:
        return kind
    for base in kind.__mro__:
        if base in _NAMES:
            return base
    if isinstance(value, Mapping):
        return dict
    return list if isinstance(value, tuple) else kind


def type_name(value: Any) -> str:
    """The CEL name of the type of ``value``."""
    kind = class_of(value)
    return _NAMES.get(kind, kind.__name__)
