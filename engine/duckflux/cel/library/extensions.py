"""CEL's other common extensions, which workflows do not have: math, base64 and optional values."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from typing import Any, Final

from ..errors import Failure
from ..types import BOOL, BYTES, DOUBLE, DYN, INT, NUMBERS, STRING, UINT, A, ListType, OptionalType, Type
from ..values import INT_MIN, NONE, UINT_MAX, OptionalValue, Uint, class_of
from .declarations import FUNCTION, METHOD, Function, Macro, Overload, overload
from .operators import equal, int_result, uint_result
from .standard import STANDARD


def _math(name: str, doc: str, *overloads: Overload) -> Function:
    return Function(f"math.{name}", doc, overloads)


def _on_doubles(name: str, doc: str, call: Callable[[float], Any], result: Type = DOUBLE) -> Function:
    return _math(name, doc, overload("number", (DOUBLE,), result, call))


# Extremes


def _extreme(name: str, doc: str, better: Callable[[Any, Any], bool]) -> Function:
    """Return ``greatest`` or ``least``: of one to five numbers, or of a list of them."""

    def pick(*numbers: Any) -> Any:
        if not numbers:
            raise Failure(f"`math.{name}` of an empty list")
        best = numbers[0]
        for number in numbers:
            if class_of(number) not in (int, Uint, float):
                raise Failure(f"`math.{name}` takes numbers", "no-such-overload")
            if better(number, best):
                best = number
        return best

    one_type = [overload("number " * n, (type_,) * n, type_, pick) for type_ in NUMBERS for n in (1, 2)]
    lists = [
        overload("numbers", (ListType(type_),), type_, lambda numbers: pick(*numbers)) for type_ in NUMBERS
    ]
    mixed = [overload("number " * count, (DYN,) * count, DYN, pick) for count in (2, 3, 4, 5)]
    return _math(name, doc, *one_type, *lists, *mixed)


# Rounding


def _half_away(value: float) -> float:
    if not math.isfinite(value):
        return value
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _finite(call: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: math.copysign(float(call(value)), value) if math.isfinite(value) else value


def _sign(value: float) -> float:
    return value if math.isnan(value) else float((value > 0) - (value < 0))


def _square_root(value: Any) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _absolute(value: int) -> int:
    return int_result(abs(value))


# Bits


def _wrapped(value: int) -> int:
    """Return ``value`` cut to 64 bits, as a signed integer."""
    return (value - INT_MIN) % 2**64 + INT_MIN


def _shift(left: bool, signed: bool) -> Callable[[int, int], int]:
    def shift(value: int, count: int) -> int:
        if count < 0:
            raise Failure("a shift by a negative number")
        if count > 63:
            return 0 if signed else Uint(0)
        bits = value & UINT_MAX
        bits = bits << count & UINT_MAX if left else bits >> count
        return _wrapped(bits) if signed else Uint(bits)

    return shift


def _bitwise(name: str, doc: str, call: Callable[[int, int], int]) -> Function:
    return _math(
        name,
        doc,
        overload("a b", (INT, INT), INT, call),
        overload("a b", (UINT, UINT), UINT, lambda a, b: Uint(call(int(a), int(b)))),
    )


def _shifting(name: str, doc: str, left: bool) -> Function:
    return _math(
        name,
        doc,
        overload("value count", (INT, INT), INT, _shift(left, True)),
        overload("value count", (UINT, INT), UINT, _shift(left, False)),
    )


# Base64


def _encode(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Failure("the string is not base64") from None


# Optional values


def _some(value: Any) -> OptionalValue:
    return OptionalValue(True, value)


def _some_unless_zero(value: Any) -> OptionalValue:
    zeros: tuple[Any, ...] = (None, False, 0, Uint(0), 0.0, "", b"", [], {})
    return NONE if any(equal(value, zero) for zero in zeros) else _some(value)


def _unwrap(optional: OptionalValue) -> Any:
    if not optional.present:
        raise Failure("the optional has no value")
    return optional.value


def _or(optional: OptionalValue, other: OptionalValue) -> OptionalValue:
    return optional if optional.present else other


def _or_value(optional: OptionalValue, default: Any) -> Any:
    return optional.value if optional.present else default


_OPTIONAL: Final = OptionalType(A)

_FUNCTIONS: Final = (
    _extreme("greatest", "The greatest number.", lambda a, b: a > b),
    _extreme("least", "The least number.", lambda a, b: a < b),
    _on_doubles("ceil", "The next whole number above.", _finite(math.ceil)),
    _on_doubles("floor", "The next whole number below.", _finite(math.floor)),
    _on_doubles("round", "The nearest whole number; halves away from zero.", _half_away),
    _on_doubles("trunc", "The number without its fraction.", _finite(math.trunc)),
    _on_doubles("isNaN", "Whether the number is NaN.", math.isnan, BOOL),
    _on_doubles("isInf", "Whether the number is infinite.", math.isinf, BOOL),
    _on_doubles("isFinite", "Whether the number is neither NaN nor infinite.", math.isfinite, BOOL),
    _math(
        "sqrt", "The square root.", *(overload("number", (type_,), DOUBLE, _square_root) for type_ in NUMBERS)
    ),
    _math(
        "abs",
        "The number without its sign.",
        overload("number", (INT,), INT, _absolute),
        overload("number", (UINT,), UINT, lambda value: value),
        overload("number", (DOUBLE,), DOUBLE, abs),
    ),
    _math(
        "sign",
        "-1, 0 or 1.",
        overload("number", (INT,), INT, lambda value: (value > 0) - (value < 0)),
        overload("number", (UINT,), UINT, lambda value: Uint(value > 0)),
        overload("number", (DOUBLE,), DOUBLE, _sign),
    ),
    _bitwise("bitAnd", "The bits in both.", lambda a, b: a & b),
    _bitwise("bitOr", "The bits in either.", lambda a, b: a | b),
    _bitwise("bitXor", "The bits in one of them.", lambda a, b: a ^ b),
    _math(
        "bitNot",
        "The bits inverted.",
        overload("value", (INT,), INT, lambda value: ~value),
        overload("value", (UINT,), UINT, lambda value: uint_result(UINT_MAX - int(value))),
    ),
    _shifting("bitShiftLeft", "The bits moved left.", True),
    _shifting("bitShiftRight", "The bits moved right, zeros moved in.", False),
    Function(
        "base64.encode",
        "The bytes as base64.",
        (overload("value", (BYTES,), STRING, _encode),),
        linear=True,
    ),
    Function(
        "base64.decode",
        "The bytes that base64 stands for.",
        (overload("text", (STRING,), BYTES, _decode),),
        linear=True,
    ),
    Function("optional.of", "An optional with this value.", (overload("value", (A,), _OPTIONAL, _some),)),
    Function("optional.none", "An optional without value.", (overload("", (), _OPTIONAL, lambda: NONE),)),
    Function(
        "optional.ofNonZeroValue",
        "An optional with this value, unless it is null, false, zero or empty.",
        (overload("value", (A,), _OPTIONAL, _some_unless_zero),),
    ),
    Function(
        "hasValue",
        "Whether the optional has a value.",
        (overload("optional", (_OPTIONAL,), BOOL, lambda optional: optional.present),),
        METHOD,
    ),
    Function("value", "The optional's value.", (overload("optional", (_OPTIONAL,), A, _unwrap),), METHOD),
    Function(
        "or",
        "This optional, or the other when it has no value.",
        (overload("optional other", (_OPTIONAL, _OPTIONAL), _OPTIONAL, _or),),
        METHOD,
    ),
    Function(
        "orValue",
        "The optional's value, or the default.",
        (overload("optional default", (_OPTIONAL, A), A, _or_value),),
        METHOD,
    ),
)

_MACROS: Final = (
    Macro(
        "existsOne", ("x", "condition"), 1, "Whether the condition holds for exactly one element (or key)."
    ),
    Macro(
        "all",
        ("i", "v", "condition"),
        2,
        "Whether the condition holds for every index and element (or key and value).",
    ),
    Macro(
        "exists",
        ("i", "v", "condition"),
        2,
        "Whether the condition holds for some index and element (or key and value).",
    ),
    Macro(
        "existsOne",
        ("i", "v", "condition"),
        2,
        "Whether the condition holds for exactly one index and element (or entry).",
    ),
    Macro(
        "exists_one",
        ("i", "v", "condition"),
        2,
        "Whether the condition holds for exactly one index and element (or entry).",
    ),
    Macro(
        "transformList",
        ("i", "v", "result"),
        2,
        "A list of the results, one for each index and element (or entry).",
    ),
    Macro(
        "transformList",
        ("i", "v", "condition", "result"),
        2,
        "A list of the results where the condition holds.",
    ),
    Macro("transformMap", ("k", "v", "result"), 2, "A map from the same keys (or indices) to the results."),
    Macro(
        "transformMap",
        ("k", "v", "condition", "result"),
        2,
        "A map from the keys where the condition holds to the results.",
    ),
    Macro(
        "transformMapEntry", ("k", "v", "entries"), 2, "The maps of one entry that the results are, merged."
    ),
    Macro(
        "transformMapEntry",
        ("k", "v", "condition", "entries"),
        2,
        "The maps where the condition holds, merged.",
    ),
    Macro("optMap", ("x", "result"), 1, "The result for the optional's value, as an optional."),
    Macro("optFlatMap", ("x", "optional"), 1, "The optional that the result for the optional's value is."),
    Macro(
        "cel.bind",
        ("name", "value", "result"),
        1,
        "The result, in which the name stands for the value.",
        FUNCTION,
    ),
)

EXTENDED: Final = STANDARD.extend(_FUNCTIONS, _MACROS, optionals=True)
"""The standard library with CEL's other common extensions."""
