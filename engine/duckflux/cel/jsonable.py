"""Values as JSON (CEL spec, "JSON Data Conversion")."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .chrono import Duration, Timestamp
from .library.conversions import string_from_double
from .values import OptionalValue, TypeValue, Uint


def to_json(value: Any) -> Any:
    """``value`` made of what JSON has, for any encoder.

    Timestamps become RFC 3339, durations ``1.5s``, bytes base64, NaN and infinities their names, keys strings;
    integers stay exact. Raises RecursionError for values nested beyond Python's limit.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    convert = _CONVERSIONS.get(kind)
    if convert:
        return convert(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return value


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {key if type(key) is str else _key(key): to_json(item) for key, item in value.items()}


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _base64(value: bytes) -> str:
    import base64

    return base64.b64encode(value).decode()


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else string_from_double(value)


def _optional(value: OptionalValue) -> Any:
    return to_json(value.value) if value.present else None


_CONVERSIONS: dict[type, Any] = {
    Timestamp: str,
    Duration: str,
    Uint: int,
    bytes: _base64,
    float: _number,
    dict: _object,
    TypeValue: lambda value: value.name,
    OptionalValue: _optional,
}
