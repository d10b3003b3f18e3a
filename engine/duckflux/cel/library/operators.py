"""Implement the operators (CEL spec, "Equality", "Ordering", "Overflow")."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from ..chrono import Duration, Timestamp
from ..cost import MAX_SIZE, CostMeter
from ..errors import Failure
from ..values import INT_MAX, INT_MIN, UINT_MAX, OptionalValue, Uint, class_of

_NUMERIC: Final = frozenset({int, Uint, float})
_PLAIN: Final = frozenset({int, Uint, float, bool, str, bytes, type(None), Timestamp, Duration})


def equal(left: Any, right: Any, meter: CostMeter | None = None) -> bool:
    """Return ``left == right``: numbers by value, other values of different types are never equal."""
    kind = type(left)
    if kind is type(right) and kind in _PLAIN:
        if meter is not None and kind is str:
            meter.spend(len(left) >> 6)
        return bool(left == right)
    return _deep_equal(left, right, meter)


def _deep_equal(left: Any, right: Any, meter: CostMeter | None) -> bool:
    if meter is not None:
        meter.spend(1)
    kind, other = class_of(left), class_of(right)
    if kind is not other:
        return kind in _NUMERIC and other in _NUMERIC and bool(_common(left, other) == _common(right, kind))
    if kind is list:
        return len(left) == len(right) and all(equal(a, b, meter) for a, b in zip(left, right, strict=True))
    if kind is dict:
        return len(left) == len(right) and all(
            contains_key(right, key) and equal(value, right[key], meter) for key, value in left.items()
        )
    if kind is OptionalValue:
        return left.present is right.present and equal(left.value, right.value, meter)
    return bool(left == right)


def _common(number: Any, other: type) -> Any:
    """Return ``number`` for a comparison with one of class ``other``: an integer beside a double becomes one."""
    if other is not float:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)


def mixed(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return ``compare`` for numbers of different classes."""
    return lambda left, right: compare(_common(left, class_of(right)), _common(right, class_of(left)))


def contains_key(mapping: Any, key: Any) -> bool:
    """Return whether ``key`` is in ``mapping``; unlike in Python, ``true`` is not 1."""
    try:
        if key not in mapping:
            return False
    except TypeError:
        return False
    if key != 0 and key != 1:
        return True
    return any(k == key and (type(k) is bool) is (type(key) is bool) for k in mapping)


def contains(element: Any, container: Any, meter: CostMeter | None = None) -> bool:
    """Return ``element in container``. Raise Failure when the container is neither list nor map."""
    kind = class_of(container)
    if kind is dict:
        return contains_key(container, element)
    if kind is not list:
        raise Failure("`in` works on lists and maps", "no-such-overload")
    if meter is not None:
        meter.spend(len(container) >> 3)
    return any(equal(element, item, meter) for item in container)


def int_result(value: int) -> int:
    """Return ``value`` if it fits 64 bits. Raise Failure if not."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise Failure("integer overflow", "overflow")


def uint_result(value: int) -> Uint:
    """Return ``value`` as Uint if it fits 64 bits. Raise Failure if not."""
    if 0 <= value <= UINT_MAX:
        return Uint(value)
    raise Failure("unsigned integer overflow", "overflow")


def sized(value: Any) -> Any:
    """Return ``value`` if it is not too long. Raise Failure if it is."""
    if len(value) > MAX_SIZE:
        raise Failure("the result is too long", "too-costly")
    return value


def add_int(left: int, right: int) -> int:
    return int_result(left + right)


def subtract_int(left: int, right: int) -> int:
    return int_result(left - right)


def multiply_int(left: int, right: int) -> int:
    return int_result(left * right)


def divide_int(left: int, right: int) -> int:
    if right == 0:
        raise Failure("division by zero", "divide-by-zero")
    quotient = abs(left) // abs(right)
    return int_result(quotient if (left < 0) is (right < 0) else -quotient)


def modulo_int(left: int, right: int) -> int:
    if right == 0:
        raise Failure("modulo by zero", "divide-by-zero")
    if right == -1:
        # The quotient of the least integer does not fit.
        int_result(-left)
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def negate_int(value: int) -> int:
    return int_result(-value)


def add_uint(left: Uint, right: Uint) -> Uint:
    return uint_result(int(left) + int(right))


def subtract_uint(left: Uint, right: Uint) -> Uint:
    return uint_result(int(left) - int(right))


def multiply_uint(left: Uint, right: Uint) -> Uint:
    return uint_result(int(left) * int(right))


def divide_uint(left: Uint, right: Uint) -> Uint:
    return Uint(divide_int(left, right))


def modulo_uint(left: Uint, right: Uint) -> Uint:
    return Uint(modulo_int(left, right))


def divide_double(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def concatenate(left: Any, right: Any) -> Any:
    return sized(left + right)


def concatenate_lists(left: Any, right: Any) -> list[Any]:
    return [*left, *right] if len(left) + len(right) <= MAX_SIZE else sized(range(MAX_SIZE + 1))


def add_durations(left: Duration, right: Duration) -> Duration:
    return Duration.of(nanos=left.nanos + right.nanos)


def subtract_durations(left: Duration, right: Duration) -> Duration:
    return Duration.of(nanos=left.nanos - right.nanos)


def delay(time: Timestamp, duration: Duration) -> Timestamp:
    return Timestamp.of(nanos=time.nanos + duration.nanos)


def delay_by(duration: Duration, time: Timestamp) -> Timestamp:
    return delay(time, duration)


def advance(time: Timestamp, duration: Duration) -> Timestamp:
    return Timestamp.of(nanos=time.nanos - duration.nanos)


def elapsed(later: Timestamp, earlier: Timestamp) -> Duration:
    return Duration.of(nanos=later.nanos - earlier.nanos)


def find_index(items: Any, index: Any) -> int | None:
    """Return ``index`` as a position in ``items``, or None when it is out of range.

    Raise Failure for an index of another type.
    """
    kind = class_of(index)
    if kind is float:
        if not index.is_integer():
            raise Failure("a list is indexed by whole numbers")
        index = int(index)
    elif kind is not int and kind is not Uint:
        raise Failure("a list is indexed by integers", "no-such-overload")
    return index if 0 <= index < len(items) else None
