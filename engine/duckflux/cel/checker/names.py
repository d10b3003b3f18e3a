"""Variables, and what is selected of them."""

from __future__ import annotations

from ..library.standard import TYPE_NAMES
from ..suggest import closest
from ..syntax.nodes import Expr, Ident, Index, Literal, Select
from ..types import (
    DYN,
    NUMBERS,
    STRING,
    Field,
    ListType,
    MapType,
    OptionalType,
    RecordType,
    Type,
    TypeType,
    Variable,
)
from .core import Checker


def ident(checker: Checker, node: Ident) -> Type:
    """The type of a variable, or of the name of a type."""
    found = _lookup(checker, node)
    if found is not None:
        return found
    if node.name in TYPE_NAMES:
        return TypeType(TYPE_NAMES[node.name][1])
    names = [*checker.locals, *checker.scope]
    message = f"undeclared reference to `{node.name}`"
    checker.problem("undeclared", message, node.start, node.end, closest(node.name, names))
    return DYN


def _lookup(checker: Checker, node: Ident) -> Type | None:
    if node.name in checker.locals and not node.absolute:
        return checker.locals[node.name]
    return _outer(checker, node.name)


def _outer(checker: Checker, name: str) -> Type | None:
    given = checker.scope.get(name)
    return given.type if isinstance(given, Field) else given


def _qualified(checker: Checker, node: Select) -> Type | None:
    """The type of a dotted name that the scope, or CEL itself, has as a whole."""
    names = [node.field]
    base = node.operand
    while isinstance(base, Select) and not base.optional:
        names.append(base.field)
        base = base.operand
    if not isinstance(base, Ident) or base.name in checker.locals or base.name in checker.scope:
        return None
    name = ".".join([base.name, *reversed(names)])
    if name in TYPE_NAMES and name not in checker.scope:
        return TypeType(TYPE_NAMES[name][1])
    return _outer(checker, name)


def select(checker: Checker, node: Select) -> Type:
    """The type of a field."""
    whole = _qualified(checker, node)
    if whole is not None:
        return whole
    operand = checker.known(node.operand)
    if not node.field:
        return DYN
    if isinstance(operand, OptionalType):
        return OptionalType(member_of(checker, checker.inference.known(operand.value), node))
    member = member_of(checker, operand, node)
    return OptionalType(member) if node.optional else member


def member_of(checker: Checker, operand: Type, node: Select) -> Type:
    """The type of a field of what has this type."""
    if isinstance(operand, RecordType):
        return _field(checker, operand, node.field, node.field_start, node.field_end)
    if isinstance(operand, MapType):
        return operand.value
    if operand != DYN and not isinstance(operand, Variable):
        checker.problem(
            "wrong-type", f"{checker.say(operand)} has no fields", node.field_start, node.field_end
        )
    return DYN


def _field(checker: Checker, record: RecordType, name: str, start: int, end: int) -> Type:
    if name in record.fields:
        return record.fields[name].type
    if not record.open:
        checker.problem(record.unknown, f"no such field: `{name}`", start, end, closest(name, record.fields))
    return DYN


def index(checker: Checker, node: Index) -> Type:
    """The type of an element."""
    operand, key = checker.known(node.operand), checker.known(node.index)
    if isinstance(operand, OptionalType):
        return OptionalType(_item_of(checker, checker.inference.known(operand.value), key, node))
    item = _item_of(checker, operand, key, node)
    return OptionalType(item) if node.optional else item


def _item_of(checker: Checker, operand: Type, key: Type, node: Index) -> Type:
    where = node.index
    if isinstance(operand, RecordType):
        if isinstance(where, Literal) and isinstance(where.value, str):
            return _field(checker, operand, where.value, where.start, where.end)
        _expect_key(checker, where, key, STRING)
        return DYN
    if isinstance(operand, MapType):
        _expect_key(checker, where, key, operand.key)
        return operand.value
    if isinstance(operand, ListType):
        if key not in (*NUMBERS, DYN) and not isinstance(key, Variable):
            checker.problem(
                "wrong-type", f"a list is indexed by int, not {checker.say(key)}", where.start, where.end
            )
        return operand.element
    if operand != DYN and not isinstance(operand, Variable):
        checker.problem("wrong-type", f"{checker.say(operand)} cannot be indexed", node.start, node.end)
    return DYN


def _expect_key(checker: Checker, node: Expr, actual: Type, wanted: Type) -> None:
    if not checker.inference.may_equal(actual, wanted):
        message = f"the keys of this map are {checker.say(wanted)}, not {checker.say(actual)}"
        checker.problem("wrong-type", message, node.start, node.end)
