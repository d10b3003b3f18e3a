"""Finding types: which type fits where, and what type variables stand for (CEL spec, "Gradual Type Checking")."""

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
    """The type variables of one expression and what they are bound to so far."""

    __slots__ = ("bindings", "made")

    def __init__(self) -> None:
        self.bindings: dict[str, Type] = {}
        self.made = 0

    def fresh(self) -> Variable:
        """A type variable not used before."""
        self.made += 1
        return Variable(f"?{self.made}")

    def known(self, type_: Type) -> Type:
        """What ``type_`` is, as far as known: a bound variable's type, else itself."""
        while isinstance(type_, Variable) and type_.name in self.bindings:
            type_ = self.bindings[type_.name]
        return type_

    def finish(self, type_: Type) -> Type:
        """``type_`` without variables; one that nothing bound is dyn."""
        type_ = self.known(type_)
        if isinstance(type_, Simple):
            return type_
        return DYN if isinstance(type_, Variable) else map_parts(type_, self.finish)

    def instantiate(self, overload: Overload) -> tuple[tuple[Type, ...], Type]:
        """The parameters and the result of ``overload``, its type parameters made fresh."""
        made: dict[str, Variable] = {}
        params = tuple(self._renamed(param, made) for param in overload.params)
        return params, self._renamed(overload.result, made)

    def _renamed(self, type_: Type, made: dict[str, Variable]) -> Type:
        if not isinstance(type_, Variable):
            return type_ if isinstance(type_, Simple) else map_parts(type_, lambda p: self._renamed(p, made))
        if type_.name not in made:
            made[type_.name] = self.fresh()
        return made[type_.name]

    def fits(self, actual: Type, wanted: Type) -> bool:
        """Whether a value of type ``actual`` may go where ``wanted`` is; binds variables when it does."""
        saved = dict(self.bindings)
        if self._fits(actual, wanted):
            return True
        self.bindings = saved
        return False

    def all_fit(self, actual: Iterable[Type], wanted: Iterable[Type]) -> bool:
        """Whether each of ``actual`` fits its counterpart; binds variables only when all do."""
        saved = dict(self.bindings)
        if all(self._fits(a, w) for a, w in zip(actual, wanted, strict=True)):
            return True
        self.bindings = saved
        return False

    def _fits(self, actual: Type, wanted: Type) -> bool:
        if isinstance(wanted, Variable) and wanted.name in self.bindings:
            return self._widen(wanted, actual)
        actual = self.known(actual)
        if actual == wanted:
            return True
        if isinstance(wanted, Variable):
            return self._bind(wanted, actual)
        if isinstance(actual, Variable):
            return self._bind(actual, wanted)
        if actual == DYN or wanted == DYN or _nullable(actual, wanted) or _nullable(wanted, actual):
            return True
        return self._parts_fit(actual, wanted)

    def _parts_fit(self, actual: Type, wanted: Type) -> bool:
        if isinstance(actual, EnumType):
            return wanted == STRING or isinstance(wanted, EnumType)
        if isinstance(wanted, EnumType):
            return actual == STRING
        if isinstance(actual, RecordType):
            return self._record_fits(actual, wanted)
        if isinstance(wanted, RecordType):
            return isinstance(actual, MapType) and self._fits(actual.key, STRING)
        if type(actual) is not type(wanted):
            return False
        parts, others = parts_of(actual), parts_of(wanted)
        return bool(parts) and all(self._fits(a, w) for a, w in zip(parts, others, strict=True))

    def _record_fits(self, actual: RecordType, wanted: Type) -> bool:
        if isinstance(wanted, MapType):
            return self._fits(STRING, wanted.key) and self._fits(self.value_of(actual), wanted.value)
        if not isinstance(wanted, RecordType):
            return False
        shared = actual.fields.keys() & wanted.fields.keys()
        return all(self._fits(actual.fields[name].type, wanted.fields[name].type) for name in shared)

    def _bind(self, variable: Variable, type_: Type) -> bool:
        if self._occurs(variable, type_):
            return False
        self.bindings[variable.name] = type_
        return True

    def _widen(self, variable: Variable, actual: Type) -> bool:
        bound = self.bindings[variable.name]
        if not self._fits(actual, bound):
            return False
        self.bindings[variable.name] = self.general(bound, actual)
        return True

    def _occurs(self, variable: Variable, type_: Type) -> bool:
        type_ = self.known(type_)
        return type_ == variable or any(self._occurs(variable, part) for part in parts_of(type_))

    def general(self, left: Type, right: Type) -> Type:
        """The more general of two types that fit each other."""
        left, right = self.known(left), self.known(right)
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
        return map_parts(left, lambda part: self.general(part, next(others)))

    def join(self, types: Iterable[Type]) -> Type:
        """A type for values of all ``types``: dyn when they differ, a variable when none is given."""
        joined: Type = self.fresh()
        for position, type_ in enumerate(types):
            if position == 0:
                joined = type_
            elif self.known(joined) == DYN or not (self.fits(type_, joined) and self._like(type_, joined)):
                return DYN
            else:
                joined = self.general(joined, type_)
        return joined

    def _like(self, left: Type, right: Type) -> bool:
        """Records only join with equal ones: a field that one lacks would be a false alarm."""
        left, right = self.known(left), self.known(right)
        return left == right or not (isinstance(left, RecordType) or isinstance(right, RecordType))

    def value_of(self, record: RecordType) -> Type:
        """The type of any field of ``record``."""
        return DYN if record.open else self.join(field.type for field in record.fields.values())

    def may_equal(self, left: Type, right: Type) -> bool:
        """Whether values of these types can be equal."""
        left, right = self.known(left), self.known(right)
        if left == right or DYN in (left, right) or NULL in (left, right):
            return True
        if isinstance(left, Variable) or isinstance(right, Variable):
            return True
        if left in NUMBERS and right in NUMBERS:
            return True
        # Containers of different element types are equal when empty.
        return kind_of(left) == kind_of(right) != ""


def _nullable(null: Type, type_: Type) -> bool:
    """Null goes where a time, a duration or an optional value does, as in protobuf messages."""
    return null == NULL and (type_ in (TIMESTAMP, DURATION) or isinstance(type_, OptionalType))


def kind_of(type_: Type) -> str:
    """What structured types compare by."""
    if isinstance(type_, (MapType, RecordType)):
        return "map"
    if isinstance(type_, EnumType) or type_ == STRING:
        return "string"
    if isinstance(type_, (ListType, OptionalType, TypeType)):
        return type(type_).__name__
    return ""


def parts_of(type_: Type) -> tuple[Type, ...]:
    """The types that ``type_`` is made of, fields of records aside."""
    if isinstance(type_, ListType):
        return (type_.element,)
    if isinstance(type_, MapType):
        return (type_.key, type_.value)
    if isinstance(type_, OptionalType):
        return (type_.value,)
    return (type_.of,) if isinstance(type_, TypeType) else ()


def map_parts(type_: Type, change: Callable[[Type], Type]) -> Type:
    """``type_`` with each of its parts changed."""
    if isinstance(type_, ListType):
        return ListType(change(type_.element))
    if isinstance(type_, MapType):
        return MapType(change(type_.key), change(type_.value))
    if isinstance(type_, OptionalType):
        return OptionalType(change(type_.value))
    return TypeType(change(type_.of)) if isinstance(type_, TypeType) else type_


def merge_enums(left: EnumType, right: Type) -> Type:
    """The enumeration of the values of both, or string."""
    if not isinstance(right, EnumType):
        return STRING
    return left if left == right else EnumType(tuple(dict.fromkeys(left.values + right.values)))
