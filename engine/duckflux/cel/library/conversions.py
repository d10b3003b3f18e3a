"""Implement the conversions between types (CEL spec, "Type Conversions")."""

from __future__ import annotations

import math
import re
from typing import Any

from ..chrono import SECOND, Duration, Timestamp
from ..errors import Failure
from ..values import TypeValue, Uint, type_name
from .operators import int_result, uint_result

_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_FLOAT = re.compile(
    r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|inf|infinity|nan)",
    re.IGNORECASE | re.ASCII,
)
_BOOLS = {
    "true": True, "True": True, "TRUE": True, "t": True, "1": True,
    "false": False, "False": False, "FALSE": False, "f": False, "0": False,
}  # fmt: skip


def identity(value: Any) -> Any:
    return value


def type_of(value: Any) -> TypeValue:
    return TypeValue(type_name(value))


def int_from_double(value: float) -> int:
    # The bounds themselves are refused: as doubles they stand for a range beyond 64 bits.
    if not -(2.0**63) < value < 2.0**63:
        raise Failure("the double does not fit an integer", "overflow")
    return int(value)


def int_from_string(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise Failure("the string is not an integer")
    return int_result(int(text))


def int_from_uint(value: Uint) -> int:
    return int_result(int(value))


def int_from_timestamp(value: Timestamp) -> int:
    return value.nanos // SECOND


def uint_from_double(value: float) -> Uint:
    if not -1.0 < value < 2.0**64:
        raise Failure("the double does not fit an unsigned integer", "overflow")
    return uint_result(int(value))


def uint_from_string(text: str) -> Uint:
    if not _INTEGER.fullmatch(text):
        raise Failure("the string is not an unsigned integer")
    return uint_result(int(text))


def double_from_string(text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise Failure("the string is not a number")
    return float(text)


def bool_from_string(text: str) -> bool:
    if text not in _BOOLS:
        raise Failure("the string is not a bool")
    return _BOOLS[text]


def string_from_bool(value: bool) -> str:
    return "true" if value else "false"


def string_from_double(value: float) -> str:
    """Return the shortest text that reads back as ``value``, with an exponent from 1e+06 on, as in Go and C++."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    digits = repr(value)
    mantissa, _, exponent = f"{value:.{max(_significant(digits) - 1, 0)}e}".partition("e")
    power = int(exponent)
    if value == 0 or -4 <= power < 6:
        return plain_double(value)
    return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02}"


def _significant(digits: str) -> int:
    mantissa = digits.lstrip("-").partition("e")[0]
    return len(mantissa.replace(".", "").strip("0"))


def plain_double(value: float) -> str:
    """Return the shortest text that reads back as ``value``, without an exponent."""
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        places = len(mantissa.partition(".")[2]) - int(exponent)
        text = f"{value:.{max(places, 0)}f}"
    return text[:-2] if text.endswith(".0") else text


def string_from_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Failure("the bytes are not UTF-8") from None


def bytes_from_string(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def timestamp_from_int(seconds: int) -> Timestamp:
    return Timestamp.of(seconds=seconds)


def duration_from_int(seconds: int) -> Duration:
    return Duration.of(seconds=seconds)
