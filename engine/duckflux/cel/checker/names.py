"""Check variables, fields and indices."""

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
    """Return the type of a variable, or of the name of a type."""
    type_ = _lookup(checker, node)
    if type_ is not None:
        return type_
    if node.name in TYPE_NAMES:
        return TypeType(TYPE_NAMES[node.name][1])
    names = [*checker.locals, *checker.scope]
    message = f"undeclared reference to `{node.name}`"
    checker.problem("undeclared", message, node.start, node.end, closest(node.name, names))
    return DYN


def _lookup(checker: Checker, node: Ident) -> Type | None:
    if node.name in checker.locals and not node.absolute:
        return checker.locals[node.name]
    return _declared_type(checker, node.name)


def _declared_type(checker: Checker, name: str) -> Type | None:
    declaration = checker.scope.get(name)
    return declaration.type if isinstance(declaration, Field) else declaration


def _qualified(checker: Checker, node: Select) -> Type | None:
    """Return the type of a dotted name that the scope or CEL declares as a whole, else None."""
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
    return _declared_type(checker, name)


def select(checker: Checker, node: Select) -> Type:
    """Return the type of a field."""
    whole = _qualified(checker, node)
    if whole is not None:
        return whole
    operand = checker.infer_resolved(node.operand)
    if not node.field:
        return DYN
    if isinstance(operand, OptionalType):
        return OptionalType(field_type(checker, checker.inference.resolve(operand.value), node))
    member = field_type(checker, operand, node)
    return OptionalType(member) if node.optional else member


def field_type(checker: Checker, operand: Type, node: Select) -> Type:
    """Return the type of a field of a value of type ``operand``."""
    if isinstance(operand, RecordType):
        return _field(checker, operand, node.field, node.field_start, node.field_end)
    if isinstance(operand, MapType):
        return operand.value
    if operand != DYN and not isinstance(operand, Variable):
        checker.problem(
            "wrong-type", f"{checker.display(operand)} has no fields", node.field_start, node.field_end
        )
    return DYN


def _field(checker: Checker, record: RecordType, name: str, start: int, end: int) -> Type:
    if name in record.fields:
        return record.fields[name].type
    if not record.open:
        checker.problem(record.unknown, f"no such field: `{name}`", start, end, closest(name, record.fields))
    return DYN


def index(checker: Checker, node: Index) -> Type:
    """Return the type of an element."""
    operand, key = checker.infer_resolved(node.operand), checker.infer_resolved(node.index)
    if isinstance(operand, OptionalType):
        return OptionalType(_element_type(checker, checker.inference.resolve(operand.value), key, node))
    element = _element_type(checker, operand, key, node)
    return OptionalType(element) if node.optional else element


def _element_type(checker: Checker, operand: Type, key: Type, node: Index) -> Type:
    index_node = node.index
    if isinstance(operand, RecordType):
        if isinstance(index_node, Literal) and isinstance(index_node.value, str):
            return _field(checker, operand, index_node.value, index_node.start, index_node.end)
        _expect_key(checker, index_node, key, STRING)
        return DYN
    if isinstance(operand, MapType):
        _expect_key(checker, index_node, key, operand.key)
        return operand.value
    if isinstance(operand, ListType):
        if key not in (*NUMBERS, DYN) and not isinstance(key, Variable):
            checker.problem(
                "wrong-type",
                f"a list is indexed by int, not {checker.display(key)}",
                index_node.start,
                index_node.end,
            )
        return operand.element
    if operand != DYN and not isinstance(operand, Variable):
        checker.problem("wrong-type", f"{checker.display(operand)} cannot be indexed", node.start, node.end)
    return DYN


def _expect_key(checker: Checker, node: Expr, actual: Type, expected: Type) -> None:
    if not checker.inference.may_equal(actual, expected):
        message = f"the keys of this map are {checker.display(expected)}, not {checker.display(actual)}"
        checker.problem("wrong-type", message, node.start, node.end)
