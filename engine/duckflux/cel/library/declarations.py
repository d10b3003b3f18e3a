"""Declarations of functions, operators, macros and libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from ..chrono import Duration, Timestamp
from ..types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NULL,
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
)
from ..values import OptionalValue, TypeValue, Uint, class_of

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
    """A function or an operator; functions compare by identity.

    ``form``: whether it is called as ``f(x)``, as ``x.f()`` or both.
    ``linear``: its cost grows with the length of its arguments. ``pure``: equal arguments give equal results.
    """

    name: str
    doc: str
    overloads: tuple[Overload, ...]
    form: str = FUNCTION
    linear: bool = False
    pure: bool = True

    def resolve(self, args: tuple[Any, ...]) -> Implementation | None:
        """Return the implementation for these values, or None when no overload takes them."""
        actual = tuple(map(class_of, args))
        for overload in self.overloads:
            classes = tuple(map(_class_of_type, overload.params))
            if len(classes) == len(actual) and all(
                w is None or w is a for w, a in zip(classes, actual, strict=True)
            ):
                return overload.call
        return None

    def callable_as(self, form: str) -> bool:
        """Return whether it may be called in this form, ``FUNCTION`` or ``METHOD``."""
        return self.form in (form, BOTH)

    def signature(self, overload: Overload) -> str:
        """Return one overload as text: ``string.startsWith(prefix: string) -> bool``."""
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
        """Return the macro as text: ``list.all(x, condition)``."""
        return f"{'list.' if self.target == METHOD else ''}{self.name}({', '.join(self.params)})"


class Library(msgspec.Struct, frozen=True, eq=False):
    """The functions and macros that an expression may call. Libraries compare by identity: keep and reuse one."""

    functions: Mapping[str, Function]
    macros: Mapping[tuple[str, int, str], Macro]
    optionals: bool = False

    def extend(
        self, functions: Iterable[Function] = (), macros: Iterable[Macro] = (), *, optionals: bool = False
    ) -> Library:
        """Return a library with these functions and macros added; they replace those of equal names."""
        return Library(
            {**self.functions, **{function.name: function for function in functions}},
            {**self.macros, **by_shape(macros)},
            self.optionals or optionals,
        )


@lru_cache(1024)
def dispatch_table(function: Function, arity: int) -> Mapping[Any, Implementation]:
    """Return the implementations by the classes of ``arity`` arguments.

    The key for one argument is its class, else a tuple of classes. Overloads that take any class are not in the
    table, see ``Function.resolve``.
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
    """Return a function of the host; ``params`` names and types its arguments, a method's receiver first.

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
    """Return the class of the values of ``type_``, or None for any class."""
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


def by_shape(macros: Iterable[Macro]) -> dict[tuple[str, int, str], Macro]:
    return {(macro.name, len(macro.params), macro.target): macro for macro in macros}


def overload(names: str, params: tuple[Type, ...], result: Type, call: Implementation) -> Overload:
    """Return an overload whose parameters are named by the words of ``names``."""
    return Overload(tuple(names.split()), params, result, call)
