"""Implement ``format`` of the strings extension, with the clauses %s %d %f %e %b %o %x %X."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from ..chrono import Duration, Timestamp
from ..cost import CostMeter
from ..errors import Failure
from ..values import TypeValue, Uint, class_of
from .conversions import plain_double, string_from_bool
from .operators import sized

_CLAUSE = re.compile(r"%(?:(%)|(?:\.(\d{1,3}))?(.)|)", re.DOTALL)
_DEFAULT_PRECISION = 6
_MAX_PARTS = 1_000_000


def format_string(template: str, args: list[Any]) -> str:
    """Return ``template`` with each clause replaced by the next of ``args``.

    Raise Failure for an unknown clause, a missing argument, or one that a clause does not take.
    """
    remaining = iter(args)

    def replace(match: re.Match[str]) -> str:
        escaped, precision, verb = match.groups()
        if escaped:
            return "%"
        if verb not in _CLAUSES:
            raise Failure("the format has an unknown clause")
        for value in remaining:
            return _CLAUSES[verb](value, int(precision) if precision else _DEFAULT_PRECISION)
        raise Failure("the format has more clauses than arguments")

    return str(sized(_CLAUSE.sub(replace, template)))


def _string(value: Any, _precision: int) -> str:
    return _text(value, CostMeter(_MAX_PARTS))


def _text(value: Any, meter: CostMeter) -> str:
    """Return ``value`` as text.

    A list may hold another list many times over, so every visit is metered.
    """
    meter.spend(1)
    kind = class_of(value)
    if kind is list:
        return "[" + ", ".join([_text(item, meter) for item in value]) + "]"
    if kind is dict:
        entries = [f"{_text(key, meter)}: {_text(item, meter)}" for key, item in value.items()]
        return "{" + ", ".join(sorted(entries)) + "}"
    if kind not in _TEXTS:
        raise Failure("the value cannot be formatted as text")
    return _TEXTS[kind](value)


def _double_text(value: float) -> str:
    return _special(value) or plain_double(value)


_TEXTS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: string_from_bool,
    int: str,
    Uint: lambda value: str(int(value)),
    float: _double_text,
    str: str,
    bytes: lambda value: value.decode("utf-8", "replace"),
    Timestamp: str,
    Duration: str,
    TypeValue: lambda value: value.name,
}


def _special(value: Any) -> str | None:
    if not isinstance(value, float) or math.isfinite(value):
        return None
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _decimal(value: Any, _precision: int) -> str:
    return _special(value) or str(_integer(value))


def _fixed(value: Any, precision: int) -> str:
    return _special(value) or f"{_number(value):.{precision}f}"


def _scientific(value: Any, precision: int) -> str:
    return _special(value) or f"{_number(value):.{precision}e}"


def _binary(value: Any, _precision: int) -> str:
    return f"{_integer(value, allow_bool=True):b}"


def _octal(value: Any, _precision: int) -> str:
    return f"{_integer(value):o}"


def _hexadecimal(value: Any, _precision: int) -> str:
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogatepass")
    return value.hex() if isinstance(value, bytes) else f"{_integer(value):x}"


def _upper_hexadecimal(value: Any, precision: int) -> str:
    return _hexadecimal(value, precision).upper()


def _integer(value: Any, *, allow_bool: bool = False) -> int:
    kind = class_of(value)
    if kind is int or kind is Uint or (allow_bool and kind is bool):
        return int(value)
    raise Failure("the clause of the format takes an integer")


def _number(value: Any) -> float:
    if class_of(value) in (int, Uint, float):
        return float(value)
    raise Failure("the clause of the format takes a number")


_CLAUSES: dict[str, Callable[[Any, int], str]] = {
    "s": _string,
    "d": _decimal,
    "f": _fixed,
    "e": _scientific,
    "b": _binary,
    "o": _octal,
    "x": _hexadecimal,
    "X": _upper_hexadecimal,
}
