"""Convert values to JSON types (CEL spec, "JSON Data Conversion")."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .chrono import Duration, Timestamp
from .cost import MAX_SIZE, CostMeter
from .library.conversions import string_from_double
from .values import OptionalValue, TypeValue, Uint


def to_json(value: Any) -> Any:
    """Return ``value`` made of the types that JSON has, for any encoder.

    Timestamps become RFC 3339, durations ``1.5s``, bytes base64, NaN and infinities their names, keys strings;
    integers stay exact. Raise Failure for a value of too many parts, and RecursionError for one nested beyond
    Python's limit.
    """
    return _convert(value, CostMeter(MAX_SIZE))


def _convert(value: Any, meter: CostMeter) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    convert = _CONVERSIONS.get(kind)
    if convert:
        return convert(value)
    if isinstance(value, Mapping):
        meter.spend(len(value))
        return {key if type(key) is str else _key(key): _convert(item, meter) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        meter.spend(len(value))
        return [_convert(item, meter) for item in value]
    if isinstance(value, OptionalValue):
        return _convert(value.value, meter)
    return value


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _base64(value: bytes) -> str:
    import base64

    return base64.b64encode(value).decode()


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else string_from_double(value)


_CONVERSIONS: dict[type, Any] = {
    Timestamp: str,
    Duration: str,
    Uint: int,
    bytes: _base64,
    float: _number,
    TypeValue: lambda value: value.name,
}
