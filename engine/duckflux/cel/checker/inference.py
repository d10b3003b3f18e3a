"""Assignability of types, and the type variables of an expression (CEL spec, "Gradual Type Checking")."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..library.declarations import Overload
from ..types import (
    DURATION,
    DYN,
    NULL,
    NUMBERS,
    STRING,
    TIMESTAMP,
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


class Inference:
    """The type variables of one expression, and the types that are bound to them so far."""

    __slots__ = ("bindings", "variable_count")

    def __init__(self) -> None:
        self.bindings: dict[str, Type] = {}
        self.variable_count = 0

    def fresh_variable(self) -> Variable:
        """Return a new type variable."""
        self.variable_count += 1
        return Variable(f"?{self.variable_count}")

    def resolve(self, type_: Type) -> Type:
        """Return the type that is bound to a variable, directly or through others, else ``type_`` itself."""
        while isinstance(type_, Variable) and type_.name in self.bindings:
            type_ = self.bindings[type_.name]
        return type_

    def substitute(self, type_: Type) -> Type:
        """Return ``type_`` without variables; an unbound one becomes dyn."""
        type_ = self.resolve(type_)
        if isinstance(type_, Simple):
            return type_
        return DYN if isinstance(type_, Variable) else map_parts(type_, self.substitute)

    def instantiate(self, overload: Overload) -> tuple[tuple[Type, ...], Type]:
        """Return the parameters and the result of ``overload``, with new variables for its type parameters."""
        renamed: dict[str, Variable] = {}
        params = tuple(self._renamed(param, renamed) for param in overload.params)
        return params, self._renamed(overload.result, renamed)

    def _renamed(self, type_: Type, renamed: dict[str, Variable]) -> Type:
        if not isinstance(type_, Variable):
            return (
                type_ if isinstance(type_, Simple) else map_parts(type_, lambda p: self._renamed(p, renamed))
            )
        if type_.name not in renamed:
            renamed[type_.name] = self.fresh_variable()
        return renamed[type_.name]

    def is_assignable(self, actual: Type, expected: Type) -> bool:
        """Return whether ``actual`` may stand where ``expected`` is; binds type variables if it may."""
        saved = dict(self.bindings)
        if self._is_assignable(actual, expected):
            return True
        self.bindings = saved
        return False

    def are_assignable(self, actual: Iterable[Type], expected: Iterable[Type]) -> bool:
        """Return whether each of ``actual`` fits its counterpart; binds variables only when all do."""
        saved = dict(self.bindings)
        if all(self._is_assignable(a, w) for a, w in zip(actual, expected, strict=True)):
            return True
        self.bindings = saved
        return False

    def _is_assignable(self, actual: Type, expected: Type) -> bool:
        if isinstance(expected, Variable) and expected.name in self.bindings:
            return self._widen(expected, actual)
        actual = self.resolve(actual)
        if actual == expected:
            return True
        if isinstance(expected, Variable):
            return self._bind(expected, actual)
        if isinstance(actual, Variable):
            return self._bind(actual, expected)
        if actual == DYN or expected == DYN or _nullable(actual, expected) or _nullable(expected, actual):
            return True
        return self._parts_are_assignable(actual, expected)

    def _parts_are_assignable(self, actual: Type, expected: Type) -> bool:
        if isinstance(actual, EnumType):
            return expected == STRING or isinstance(expected, EnumType)
        if isinstance(expected, EnumType):
            return actual == STRING
        if isinstance(actual, RecordType):
            return self._record_is_assignable(actual, expected)
        if isinstance(expected, RecordType):
            return isinstance(actual, MapType) and self._is_assignable(actual.key, STRING)
        if type(actual) is not type(expected):
            return False
        parts, others = parts_of(actual), parts_of(expected)
        return bool(parts) and all(self._is_assignable(a, w) for a, w in zip(parts, others, strict=True))

    def _record_is_assignable(self, actual: RecordType, expected: Type) -> bool:
        if isinstance(expected, MapType):
            return self._is_assignable(STRING, expected.key) and self._is_assignable(
                self.value_of(actual), expected.value
            )
        if not isinstance(expected, RecordType):
            return False
        shared = actual.fields.keys() & expected.fields.keys()
        return all(
            self._is_assignable(actual.fields[name].type, expected.fields[name].type) for name in shared
        )

    def _bind(self, variable: Variable, type_: Type) -> bool:
        if self._occurs(variable, type_):
            return False
        self.bindings[variable.name] = type_
        return True

    def _widen(self, variable: Variable, actual: Type) -> bool:
        bound = self.bindings[variable.name]
        if not self._is_assignable(actual, bound):
            return False
        self.bindings[variable.name] = self.most_general(bound, actual)
        return True

    def _occurs(self, variable: Variable, type_: Type) -> bool:
        type_ = self.resolve(type_)
        return type_ == variable or any(self._occurs(variable, part) for part in parts_of(type_))

    def most_general(self, left: Type, right: Type) -> Type:
        """Return the more general of two types of which one is assignable to the other."""
        left, right = self.resolve(left), self.resolve(right)
        if isinstance(left, Variable):
            return right
        if left == DYN or right == DYN:
            return DYN
        if left == NULL:
            return right
        if isinstance(left, EnumType):
            return merge_enums(left, right)
        if type(left) is not type(right) or not parts_of(left):
            return right if isinstance(right, MapType) else left
        others = iter(parts_of(right))
        return map_parts(left, lambda part: self.most_general(part, next(others)))

    def join(self, types: Iterable[Type]) -> Type:
        """Return a type for values of all ``types``: dyn when they differ, a variable when there is none."""
        joined: Type = self.fresh_variable()
        for position, type_ in enumerate(types):
            if position == 0:
                joined = type_
            elif self.resolve(joined) == DYN or not (
                self.is_assignable(type_, joined) and self._is_joinable(type_, joined)
            ):
                return DYN
            else:
                joined = self.most_general(joined, type_)
        return joined

    def _is_joinable(self, left: Type, right: Type) -> bool:
        """Return whether two types may be joined.

        Records only join with equal ones: a field that one lacks would be a false alarm.
        """
        left, right = self.resolve(left), self.resolve(right)
        return left == right or not (isinstance(left, RecordType) or isinstance(right, RecordType))

    def value_of(self, record: RecordType) -> Type:
        """Return the type of any field of ``record``."""
        return DYN if record.open else self.join(field.type for field in record.fields.values())

    def may_equal(self, left: Type, right: Type) -> bool:
        """Return whether values of these types can be equal."""
        left, right = self.resolve(left), self.resolve(right)
        if left == right or DYN in (left, right) or NULL in (left, right):
            return True
        if isinstance(left, Variable) or isinstance(right, Variable):
            return True
        if left in NUMBERS and right in NUMBERS:
            return True
        # Containers of different element types are equal when empty.
        return kind_of(left) == kind_of(right) != ""


def _nullable(null: Type, type_: Type) -> bool:
    """Return whether ``null`` is the null type and ``type_`` one that takes null, as in protobuf messages."""
    return null == NULL and (type_ in (TIMESTAMP, DURATION) or isinstance(type_, OptionalType))


def kind_of(type_: Type) -> str:
    """Return the name of the kind of a structured type; values of two kinds are never equal."""
    if isinstance(type_, (MapType, RecordType)):
        return "map"
    if isinstance(type_, EnumType) or type_ == STRING:
        return "string"
    if isinstance(type_, (ListType, OptionalType, TypeType)):
        return type(type_).__name__
    return ""


def parts_of(type_: Type) -> tuple[Type, ...]:
    """Return the types that ``type_`` is renamed of, without the fields of records."""
    if isinstance(type_, ListType):
        return (type_.element,)
    if isinstance(type_, MapType):
        return (type_.key, type_.value)
    if isinstance(type_, OptionalType):
        return (type_.value,)
    return (type_.of,) if isinstance(type_, TypeType) else ()


def map_parts(type_: Type, change: Callable[[Type], Type]) -> Type:
    """Return ``type_`` with ``change`` applied to each of its parts."""
    if isinstance(type_, ListType):
        return ListType(change(type_.element))
    if isinstance(type_, MapType):
        return MapType(change(type_.key), change(type_.value))
    if isinstance(type_, OptionalType):
        return OptionalType(change(type_.value))
    return TypeType(change(type_.of)) if isinstance(type_, TypeType) else type_


def merge_enums(left: EnumType, right: Type) -> Type:
    """Return the enumeration of the values of both, or string."""
    if not isinstance(right, EnumType):
        return STRING
    return left if left == right else EnumType(tuple(dict.fromkeys(left.values + right.values)))
