"""The classes of values: plain Python, and the few classes that Python lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    """A type as a value, such as that of ``type(1)``."""

    name: str


class MixedMap(Mapping[Any, Any]):
    """A map with keys that are equal in Python's dict: ``true`` beside 1, or ``false`` beside 0."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Any, Any]) -> None:
        self._items = {(type(key) is bool, key): item for key, item in items.items()}

    def __getitem__(self, key: Any) -> Any:
        return self._items[type(key) is bool, key]

    def __setitem__(self, key: Any, item: Any) -> None:
        self._items[type(key) is bool, key] = item

    def __iter__(self) -> Iterator[Any]:
        return (key for _, key in self._items)

    def __len__(self) -> int:
        return len(self._items)


class OptionalValue(msgspec.Struct, frozen=True, eq=False):
    """A value that may be absent, such as that of ``optional.of(x)``."""

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
    """Return the class that stands for a value's type: ``dict`` for any mapping, ``str`` for its subclasses."""
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
    """Return the CEL name of the type of ``value``."""
    kind = class_of(value)
    return _NAMES.get(kind, kind.__name__)
