"""The functions, operators and macros of the language: signatures, docs and implementations, in one place.

The parser, the checker, the evaluator and the editor services all read it. ``STANDARD`` is what duckflux workflows may
use, ``EXTENDED`` adds CEL's other common extensions. A host adds its own with ``Library.extend``.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from . import operators
from .chrono import Duration, Timestamp
from .errors import Failure
from .library import conversions, formatting, regex, strings, times
from .types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL,
    NUMBERS,
    STRING,
    TIMESTAMP,
    UINT,
    EnumType,
    ListType,
    MapType,
    OptionalType,
    RecordType,
    Simple,
    Type,
    TypeType,
    Variable,
)
from .values import OptionalValue, TypeValue, Uint, class_of

A: Final = Variable("A")
B: Final = Variable("B")
LIST: Final = ListType(A)
MAP: Final = MapType(A, B)

FUNCTION: Final = "function"
METHOD: Final = "method"
BOTH: Final = "both"

Implementation = Callable[..., Any]


class Overload(msgspec.Struct, frozen=True):
    """One signature of a function; for a method the first parameter is the receiver."""

    names: tuple[str, ...]
    params: tuple[Type, ...]
    result: Type
    call: Implementation


class Function(msgspec.Struct, frozen=True, eq=False):
    """A function or an operator; functions compare by identity. ``form`` says whether it is called as ``f(x)``, ``x.f()`` or both.

    ``linear``: its cost grows with the length of its arguments. ``pure``: equal arguments give equal results.
    """

    name: str
    doc: str
    overloads: tuple[Overload, ...]
    form: str = FUNCTION
    linear: bool = False
    pure: bool = True

    def resolve(self, args: tuple[Any, ...]) -> Implementation | None:
        """The implementation for these values, None when no overload takes them."""
        actual = tuple(map(class_of, args))
        for overload in self.overloads:
            wanted = tuple(map(_class_of_type, overload.params))
            if len(wanted) == len(actual) and all(
                w is None or w is a for w, a in zip(wanted, actual, strict=True)
            ):
                return overload.call
        return None

    def signature(self, overload: Overload) -> str:
        """One overload as a person writes it: ``string.startsWith(prefix: string) -> bool``."""
        params = [f"{name}: {type_}" for name, type_ in zip(overload.names, overload.params, strict=True)]
        receiver = f"{overload.params[0]}." if self.form != FUNCTION and params else ""
        return f"{receiver}{self.name}({', '.join(params[1:] if receiver else params)}) -> {overload.result}"


class Macro(msgspec.Struct, frozen=True):
    """A macro: ``params`` are its arguments as documented, the first ``variables`` of them are names it declares.

    ``target`` is ``METHOD`` for ``list.map(x, ...)``, ``FUNCTION`` for ``has(...)`` and ``cel.bind(...)``.
    """

    name: str
    params: tuple[str, ...]
    variables: int
    doc: str
    target: str = METHOD

    @property
    def signature(self) -> str:
        """As a person writes it: ``list.all(x, condition)``."""
        return f"{'list.' if self.target == METHOD else ''}{self.name}({', '.join(self.params)})"


class Library(msgspec.Struct, frozen=True, eq=False):
    """What an expression may call. Libraries compare by identity, so keep one and use it everywhere."""

    functions: Mapping[str, Function]
    macros: Mapping[tuple[str, int, str], Macro]
    optionals: bool = False

    def extend(
        self, functions: Iterable[Function] = (), macros: Iterable[Macro] = (), *, optionals: bool = False
    ) -> Library:
        """A library with these beside, or instead of, what is here."""
        return Library(
            {**self.functions, **{function.name: function for function in functions}},
            {**self.macros, **_by_shape(macros)},
            self.optionals or optionals,
        )


@lru_cache(1024)
def dispatch_table(function: Function, arity: int) -> Mapping[Any, Implementation]:
    """The implementations by the classes of ``arity`` arguments (by the class itself when it is one).

    Overloads that take any class are not in it, see ``Function.resolve``.
    """
    table: dict[Any, Implementation] = {}
    for overload in function.overloads:
        classes = tuple(map(_class_of_type, overload.params))
        if len(classes) == arity and None not in classes:
            table[classes[0] if arity == 1 else classes] = overload.call
    return table


def host_function(
    name: str,
    call: Implementation,
    params: Mapping[str, Type],
    result: Type = DYN,
    *,
    doc: str = "",
    form: str = FUNCTION,
    pure: bool = False,
) -> Function:
    """A function of the host: ``params`` names and types its arguments (the receiver first, for a method).

    ``call`` may raise ``Failure`` with a message for the author of the expression.
    """
    return Function(
        name, doc, (Overload(tuple(params), tuple(params.values()), result, call),), form, True, pure
    )


_CLASSES: Final[dict[Type, type]] = {
    BOOL: bool,
    INT: int,
    UINT: Uint,
    DOUBLE: float,
    STRING: str,
    BYTES: bytes,
    NULL: type(None),
    TIMESTAMP: Timestamp,
    DURATION: Duration,
}


def _class_of_type(type_: Type) -> type | None:
    """The class of the values of ``type_``, None for any."""
    if isinstance(type_, Simple):
        return _CLASSES.get(type_)
    if isinstance(type_, ListType):
        return list
    if isinstance(type_, (MapType, RecordType)):
        return dict
    if isinstance(type_, EnumType):
        return str
    if isinstance(type_, OptionalType):
        return OptionalValue
    return TypeValue if isinstance(type_, TypeType) else None


def _by_shape(macros: Iterable[Macro]) -> dict[tuple[str, int, str], Macro]:
    return {(macro.name, len(macro.params), macro.target): macro for macro in macros}


def _overload(names: str, params: tuple[Type, ...], result: Type, call: Implementation) -> Overload:
    return Overload(tuple(names.split()), params, result, call)


def _refuse(*_: Any) -> Any:
    raise Failure("no such overload", "no-such-overload")


_o = _overload


def _conversion(name: str, doc: str, result: Type, *sources: tuple[Type, Implementation]) -> Function:
    return Function(name, doc, tuple(_o("value", (source,), result, call) for source, call in sources))


def _accessor(name: str, doc: str, *, of_duration: bool = False) -> Function:
    overloads = [
        _o("time", (TIMESTAMP,), INT, times.civil_part(name)),
        _o("time zone", (TIMESTAMP, STRING), INT, times.civil_part_in_zone(name)),
    ]
    if of_duration:
        overloads.append(_o("duration", (DURATION,), INT, times.duration_part(name)))
    return Function(name, doc, tuple(overloads), METHOD)


def _text(name: str, doc: str, *overloads: Overload) -> Function:
    return Function(name, doc, overloads, BOTH, linear=True)


_FUNCTIONS: Final = (
    Function(
        "size",
        "The number of characters, bytes, elements or entries.",
        tuple(_o("value", (sized,), INT, len) for sized in (STRING, BYTES, LIST, MAP)),
        BOTH,
    ),
    Function("type", "The type of a value.", (_o("value", (A,), TypeType(A), conversions.type_of),)),
    Function("dyn", "The value itself, unchecked: the checker takes it for anything.", (_o("value", (A,), DYN, conversions.identity),)),
    _conversion(
        "int", "Converts to a whole number. A double loses its fraction, a timestamp gives seconds since 1970.", INT,
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
        (TIMESTAMP, conversions.identity), (STRING, Timestamp.from_rfc3339), (INT, conversions.timestamp_from_int),
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
    _text("contains", "Whether the text contains a part.", _o("text part", (STRING, STRING), BOOL, strings.contains)),
    _text("startsWith", "Whether the text begins with a prefix.", _o("text prefix", (STRING, STRING), BOOL, str.startswith)),
    _text("endsWith", "Whether the text ends with a suffix.", _o("text suffix", (STRING, STRING), BOOL, str.endswith)),
    _text("matches", "Whether an RE2 regular expression matches anywhere in the text.", _o("text pattern", (STRING, STRING), BOOL, regex.matches)),
    _text("charAt", "The character at an offset; empty at the end.", _o("text index", (STRING, INT), STRING, strings.char_at)),
    _text(
        "indexOf", "Where a part first begins, or -1.",
        _o("text part", (STRING, STRING), INT, strings.index_of),
        _o("text part from", (STRING, STRING, INT), INT, strings.index_of_from),
    ),
    _text(
        "lastIndexOf", "Where a part last begins, or -1.",
        _o("text part", (STRING, STRING), INT, strings.last_index_of),
        _o("text part from", (STRING, STRING, INT), INT, strings.last_index_of_from),
    ),
    _text(
        "substring", "The text from one offset up to another.",
        _o("text start", (STRING, INT), STRING, strings.substring_from),
        _o("text start end", (STRING, INT, INT), STRING, strings.substring),
    ),
    _text(
        "replace", "The text with a part replaced, everywhere or so many times.",
        _o("text old new", (STRING, STRING, STRING), STRING, strings.replace),
        _o("text old new limit", (STRING, STRING, STRING, INT), STRING, strings.replace_some),
    ),
    _text(
        "split", "The pieces of the text between separators, at most so many.",
        _o("text separator", (STRING, STRING), ListType(STRING), strings.split),
        _o("text separator limit", (STRING, STRING, INT), ListType(STRING), strings.split_some),
    ),
    _text(
        "join", "The strings of a list as one, with a separator between them.",
        _o("list", (ListType(STRING),), STRING, strings.join),
        _o("list separator", (ListType(STRING), STRING), STRING, strings.join_with),
    ),
    _text("trim", "The text without white space at both ends.", _o("text", (STRING,), STRING, strings.trim)),
    _text("lowerAscii", "The text with A to Z in lower case.", _o("text", (STRING,), STRING, strings.lower_ascii)),
    _text("upperAscii", "The text with a to z in upper case.", _o("text", (STRING,), STRING, strings.upper_ascii)),
    _text("reverse", "The text backwards.", _o("text", (STRING,), STRING, strings.reverse)),
    _text(
        "format", "A template with its clauses (%s %d %f %e %b %o %x %X) replaced by the arguments.",
        _o("template arguments", (STRING, ListType(DYN)), STRING, formatting.format_string),
    ),
    _text("quote", "The text as a double-quoted literal.", _o("text", (STRING,), STRING, strings.quote)),
    Function("strings.quote", "The text as a double-quoted literal.", (_o("text", (STRING,), STRING, strings.quote),), linear=True),
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

_EXTENDED_MACROS: Final = (
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


def _arithmetic(symbol: str, doc: str, *overloads: tuple[Type, Type, Type, Implementation]) -> Function:
    return Function(
        symbol,
        doc,
        tuple(_o("left right", (left, right), result, call) for left, right, result, call in overloads),
    )


def _ordering(symbol: str, doc: str, call: Implementation) -> Function:
    same = (BOOL, STRING, BYTES, TIMESTAMP, DURATION, *NUMBERS)
    overloads = [_o("left right", (type_, type_), BOOL, call) for type_ in same]
    mixed = operators.mixed(call)
    overloads += [_o("left right", (a, b), BOOL, mixed) for a in NUMBERS for b in NUMBERS if a is not b]
    return Function(symbol, doc, tuple(overloads))


def _logical(symbol: str, doc: str) -> Function:
    return Function(symbol, doc, (_o("left right", (BOOL, BOOL), BOOL, _refuse),))


OPERATORS: Final[Mapping[str, Function]] = {
    function.name: function
    for function in (
        _arithmetic(
            "+", "Adds, or joins strings, bytes and lists.",
            (INT, INT, INT, operators.add_int), (UINT, UINT, UINT, operators.add_uint),
            (DOUBLE, DOUBLE, DOUBLE, python.add), (STRING, STRING, STRING, operators.concatenate),
            (BYTES, BYTES, BYTES, operators.concatenate), (LIST, LIST, LIST, operators.concatenate_lists),
            (TIMESTAMP, DURATION, TIMESTAMP, operators.delay), (DURATION, TIMESTAMP, TIMESTAMP, operators.delay_by),
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
    (_o("value", (INT,), INT, operators.negate_int), _o("value", (DOUBLE,), DOUBLE, python.neg)),
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

STANDARD: Final = Library({function.name: function for function in _FUNCTIONS}, _by_shape(_MACROS))


def _extended() -> Library:
    from .library.extensions import FUNCTIONS

    return STANDARD.extend(FUNCTIONS, _EXTENDED_MACROS, optionals=True)


def __getattr__(name: str) -> Any:
    if name == "EXTENDED":
        library = globals()["EXTENDED"] = _extended()
        return library
    raise AttributeError(name)
