"""The functions, operators and macros of CEL: signatures, documentation and implementations.

The parser, the checker, the compiler and the editor services all read them. ``STANDARD`` is what duckflux
workflows may use. A host adds its own functions with ``Library.extend``.
"""

from __future__ import annotations

import operator as python
from collections.abc import Mapping
from typing import Any, Final

from ..chrono import Duration, Timestamp
from ..errors import Failure
from ..types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    LIST,
    MAP,
    NULL,
    NUMBERS,
    STRING,
    TIMESTAMP,
    UINT,
    A,
    ListType,
    MapType,
    OptionalType,
    Type,
    TypeType,
)
from . import conversions, formatting, operators, regex, strings, times
from .declarations import (
    BOTH,
    FUNCTION,
    METHOD,
    Function,
    Implementation,
    Library,
    Macro,
    Overload,
    by_shape,
    overload,
)


def _refuse(*_: Any) -> Any:
    raise Failure("no such overload", "no-such-overload")


def _conversion(name: str, doc: str, result: Type, *sources: tuple[Type, Implementation]) -> Function:
    overloads = tuple(overload("value", (source,), result, call) for source, call in sources)
    return Function(name, doc, overloads, linear=True)


def _accessor(name: str, doc: str, *, of_duration: bool = False) -> Function:
    overloads = [
        overload("time", (TIMESTAMP,), INT, times.civil_part(name)),
        overload("time zone", (TIMESTAMP, STRING), INT, times.civil_part_in_zone(name)),
    ]
    if of_duration:
        overloads.append(overload("duration", (DURATION,), INT, times.duration_part(name)))
    return Function(name, doc, tuple(overloads), METHOD)


def _text(name: str, doc: str, *overloads: Overload) -> Function:
    return Function(name, doc, overloads, BOTH, linear=True)


_FUNCTIONS: Final = (
    Function(
        "size",
        "The number of characters, bytes, elements or entries.",
        tuple(overload("value", (sized,), INT, len) for sized in (STRING, BYTES, LIST, MAP)),
        BOTH,
    ),
    Function("type", "The type of a value.", (overload("value", (A,), TypeType(A), conversions.type_of),)),
    Function(
        "dyn", "The value itself, unchecked: the checker takes it for anything.",
        (overload("value", (A,), DYN, conversions.identity),),
    ),
    _conversion(
        "int", "Converts to a whole number; a double loses its fraction, a time gives seconds since 1970.", INT,
        (INT, conversions.identity), (UINT, conversions.int_from_uint), (DOUBLE, conversions.int_from_double),
        (STRING, conversions.int_from_string), (TIMESTAMP, conversions.int_from_timestamp),
    ),
    _conversion(
        "uint", "Converts to an unsigned whole number.", UINT,
        (UINT, conversions.identity), (INT, operators.uint_result), (DOUBLE, conversions.uint_from_double),
        (STRING, conversions.uint_from_string),
    ),
    _conversion(
        "double", "Converts to a floating point number.", DOUBLE,
        (DOUBLE, conversions.identity), (INT, float), (UINT, float), (STRING, conversions.double_from_string),
    ),
    _conversion(
        "string", "Converts to text; timestamps as RFC 3339, durations in seconds (`1.5s`).", STRING,
        (STRING, conversions.identity), (BOOL, conversions.string_from_bool), (INT, str), (UINT, str),
        (DOUBLE, conversions.string_from_double), (BYTES, conversions.string_from_bytes),
        (TIMESTAMP, str), (DURATION, str),
    ),
    _conversion(
        "bytes", "Converts to bytes; text as UTF-8.", BYTES,
        (BYTES, conversions.identity), (STRING, conversions.bytes_from_string),
    ),
    _conversion(
        "bool", "Converts `true`, `t`, `1`, `false`, `f`, `0` to a bool.", BOOL,
        (BOOL, conversions.identity), (STRING, conversions.bool_from_string),
    ),
    _conversion(
        "timestamp", "A time, from RFC 3339 text or seconds since 1970.", TIMESTAMP,
        (TIMESTAMP, conversions.identity), (STRING, Timestamp.from_rfc3339),
        (INT, conversions.timestamp_from_int),
    ),
    _conversion(
        "duration", "A span of time, from text such as `1h30m`, `250ms` or `2d`.", DURATION,
        (DURATION, conversions.identity), (STRING, Duration.parse), (INT, conversions.duration_from_int),
    ),
    _accessor("getFullYear", "The year."),
    _accessor("getMonth", "The month, 0 for January."),
    _accessor("getDate", "The day of the month, from 1."),
    _accessor("getDayOfMonth", "The day of the month, from 0."),
    _accessor("getDayOfWeek", "The day of the week, 0 for Sunday."),
    _accessor("getDayOfYear", "The day of the year, from 0."),
    _accessor("getHours", "The hour of a time; all the hours of a duration.", of_duration=True),
    _accessor("getMinutes", "The minute of a time; all the minutes of a duration.", of_duration=True),
    _accessor("getSeconds", "The second of a time; all the seconds of a duration.", of_duration=True),
    _accessor("getMilliseconds", "The milliseconds within the second.", of_duration=True),
    _text(
        "contains", "Whether the text contains a part.",
        overload("text part", (STRING, STRING), BOOL, strings.contains),
    ),
    _text(
        "startsWith", "Whether the text begins with a prefix.",
        overload("text prefix", (STRING, STRING), BOOL, str.startswith),
    ),
    _text(
        "endsWith", "Whether the text ends with a suffix.",
        overload("text suffix", (STRING, STRING), BOOL, str.endswith),
    ),
    _text(
        "matches", "Whether an RE2 regular expression matches anywhere in the text.",
        overload("text pattern", (STRING, STRING), BOOL, regex.matches),
    ),
    _text(
        "charAt", "The character at an offset; empty at the end.",
        overload("text index", (STRING, INT), STRING, strings.char_at),
    ),
    _text(
        "indexOf", "Where a part first begins, or -1.",
        overload("text part", (STRING, STRING), INT, strings.index_of),
        overload("text part from", (STRING, STRING, INT), INT, strings.index_of_from),
    ),
    _text(
        "lastIndexOf", "Where a part last begins, or -1.",
        overload("text part", (STRING, STRING), INT, strings.last_index_of),
        overload("text part from", (STRING, STRING, INT), INT, strings.last_index_of_from),
    ),
    _text(
        "substring", "The text from one offset up to another.",
        overload("text start", (STRING, INT), STRING, strings.substring_from),
        overload("text start end", (STRING, INT, INT), STRING, strings.substring),
    ),
    _text(
        "replace", "The text with a part replaced, everywhere or so many times.",
        overload("text old new", (STRING, STRING, STRING), STRING, strings.replace),
        overload("text old new limit", (STRING, STRING, STRING, INT), STRING, strings.replace_some),
    ),
    _text(
        "split", "The pieces of the text between separators, at most so many.",
        overload("text separator", (STRING, STRING), ListType(STRING), strings.split),
        overload("text separator limit", (STRING, STRING, INT), ListType(STRING), strings.split_some),
    ),
    _text(
        "join", "The strings of a list as one, with a separator between them.",
        overload("list", (ListType(STRING),), STRING, strings.join),
        overload("list separator", (ListType(STRING), STRING), STRING, strings.join_with),
    ),
    _text(
        "trim", "The text without white space at both ends.",
        overload("text", (STRING,), STRING, strings.trim),
    ),
    _text(
        "lowerAscii", "The text with A to Z in lower case.",
        overload("text", (STRING,), STRING, strings.lower_ascii),
    ),
    _text(
        "upperAscii", "The text with a to z in upper case.",
        overload("text", (STRING,), STRING, strings.upper_ascii),
    ),
    _text("reverse", "The text backwards.", overload("text", (STRING,), STRING, strings.reverse)),
    _text(
        "format", "A template with its clauses (%s %d %f %e %b %o %x %X) replaced by the arguments.",
        overload("template arguments", (STRING, ListType(DYN)), STRING, formatting.format_string),
    ),
    _text(
        "quote", "The text as a double-quoted literal.",
        overload("text", (STRING,), STRING, strings.quote),
    ),
    Function(
        "strings.quote", "The text as a double-quoted literal.",
        (overload("text", (STRING,), STRING, strings.quote),), linear=True,
    ),
)  # fmt: skip

_MACROS: Final = (
    Macro("has", ("path.field",), 0, "Whether the field is there.", FUNCTION),
    Macro("all", ("x", "condition"), 1, "Whether the condition holds for every element (or key)."),
    Macro("exists", ("x", "condition"), 1, "Whether the condition holds for some element (or key)."),
    Macro(
        "exists_one", ("x", "condition"), 1, "Whether the condition holds for exactly one element (or key)."
    ),
    Macro("filter", ("x", "condition"), 1, "The elements (or keys) for which the condition holds."),
    Macro("map", ("x", "result"), 1, "A list of the results, one for each element (or key)."),
    Macro(
        "map",
        ("x", "condition", "result"),
        1,
        "A list of the results for the elements for which the condition holds.",
    ),
)


def _arithmetic(symbol: str, doc: str, *overloads: tuple[Type, Type, Type, Implementation]) -> Function:
    return Function(
        symbol,
        doc,
        tuple(overload("left right", (left, right), result, call) for left, right, result, call in overloads),
    )


def _ordering(symbol: str, doc: str, call: Implementation) -> Function:
    same = (BOOL, STRING, BYTES, TIMESTAMP, DURATION, *NUMBERS)
    overloads = [overload("left right", (type_, type_), BOOL, call) for type_ in same]
    mixed = operators.mixed(call)
    overloads += [overload("left right", (a, b), BOOL, mixed) for a in NUMBERS for b in NUMBERS if a is not b]
    return Function(symbol, doc, tuple(overloads))


def _logical(symbol: str, doc: str) -> Function:
    return Function(symbol, doc, (overload("left right", (BOOL, BOOL), BOOL, _refuse),))


OPERATORS: Final[Mapping[str, Function]] = {
    function.name: function
    for function in (
        _arithmetic(
            "+", "Adds, or joins strings, bytes and lists.",
            (INT, INT, INT, operators.add_int), (UINT, UINT, UINT, operators.add_uint),
            (DOUBLE, DOUBLE, DOUBLE, python.add), (STRING, STRING, STRING, operators.concatenate),
            (BYTES, BYTES, BYTES, operators.concatenate), (LIST, LIST, LIST, operators.concatenate_lists),
            (TIMESTAMP, DURATION, TIMESTAMP, operators.delay),
            (DURATION, TIMESTAMP, TIMESTAMP, operators.delay_by),
            (DURATION, DURATION, DURATION, operators.add_durations),
        ),
        _arithmetic(
            "-", "Subtracts.",
            (INT, INT, INT, operators.subtract_int), (UINT, UINT, UINT, operators.subtract_uint),
            (DOUBLE, DOUBLE, DOUBLE, python.sub), (TIMESTAMP, TIMESTAMP, DURATION, operators.elapsed),
            (TIMESTAMP, DURATION, TIMESTAMP, operators.advance),
            (DURATION, DURATION, DURATION, operators.subtract_durations),
        ),
        _arithmetic(
            "*", "Multiplies.",
            (INT, INT, INT, operators.multiply_int), (UINT, UINT, UINT, operators.multiply_uint),
            (DOUBLE, DOUBLE, DOUBLE, python.mul),
        ),
        _arithmetic(
            "/", "Divides; integers towards zero.",
            (INT, INT, INT, operators.divide_int), (UINT, UINT, UINT, operators.divide_uint),
            (DOUBLE, DOUBLE, DOUBLE, operators.divide_double),
        ),
        _arithmetic(
            "%", "The rest of a division of integers, with the sign of the dividend.",
            (INT, INT, INT, operators.modulo_int), (UINT, UINT, UINT, operators.modulo_uint),
        ),
        _ordering("<", "Less than.", python.lt),
        _ordering("<=", "At most.", python.le),
        _ordering(">", "Greater than.", python.gt),
        _ordering(">=", "At least.", python.ge),
        _logical("&&", "And; false if either side is, even if the other fails."),
        _logical("||", "Or; true if either side is, even if the other fails."),
    )
}  # fmt: skip

NEGATION: Final = Function(
    "-", "The negative.",
    (overload("value", (INT,), INT, operators.negate_int), overload("value", (DOUBLE,), DOUBLE, python.neg)),
)  # fmt: skip

TYPE_NAMES: Final[Mapping[str, tuple[str, Type]]] = {
    name: (value, type_)
    for name, value, type_ in (
        ("bool", "bool", BOOL),
        ("int", "int", INT),
        ("uint", "uint", UINT),
        ("double", "double", DOUBLE),
        ("string", "string", STRING),
        ("bytes", "bytes", BYTES),
        ("null_type", "null_type", NULL),
        ("list", "list", ListType(DYN)),
        ("map", "map", MapType(DYN, DYN)),
        ("type", "type", TypeType(DYN)),
        ("optional_type", "optional_type", OptionalType(DYN)),
        ("google.protobuf.Timestamp", "google.protobuf.Timestamp", TIMESTAMP),
        ("google.protobuf.Duration", "google.protobuf.Duration", DURATION),
    )
}
"""Names that stand for a type where no variable has them: the name of the value, and the type."""

STANDARD: Final = Library({function.name: function for function in _FUNCTIONS}, by_shape(_MACROS))
