"""Check macros, which declare variables for some of their arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..suggest import closest
from ..syntax.nodes import Expr, Macro, Select
from ..types import BOOL, DYN, INT, STRING, ListType, MapType, OptionalType, RecordType, Type
from .core import Checker
from .names import field_type

_CONDITIONAL: Final = frozenset({"all", "exists", "exists_one", "existsOne", "filter"})


def macro(checker: Checker, node: Macro) -> Type:
    """Return the type of a macro's value."""
    if node.function == "has":
        return _has(checker, node)
    if node.function == "cel.bind":
        return _bind(checker, node)
    assert node.target is not None  # noqa: S101
    target = checker.infer_resolved(node.target)
    if node.function in ("optMap", "optFlatMap"):
        return _optional_map(checker, node, target)
    types = _loop_variables(checker, node, node.target, target)
    names = [variable.name for variable in node.variables]
    checker.types.update(zip(node.variables, types, strict=True))
    with checker.variables(dict(zip(names, types, strict=True))):
        args = [checker.infer(arg) for arg in node.args]
    return _loop_result(checker, node, types, args)


def _has(checker: Checker, node: Macro) -> Type:
    selected = node.args[0]
    assert isinstance(selected, Select)  # noqa: S101
    operand = checker.infer_resolved(selected.operand)
    checker.types[selected] = DYN
    if isinstance(operand, OptionalType):
        operand = checker.inference.resolve(operand.value)
    if isinstance(operand, RecordType):
        _has_field(checker, operand, selected)
    elif not isinstance(operand, MapType):
        checker.types[selected] = field_type(checker, operand, selected)
    return BOOL


def _has_field(checker: Checker, record: RecordType, selected: Select) -> None:
    name = selected.field
    if name in record.fields:
        checker.types[selected] = record.fields[name].type
    elif not record.open and name and record.unknown == "no-such-field":
        message = f"never true: no such field: `{name}`"
        suggestion = closest(name, record.fields)
        checker.problem("never-present", message, selected.field_start, selected.field_end, suggestion)


def _bind(checker: Checker, node: Macro) -> Type:
    value = checker.infer(node.args[0])
    checker.types[node.variables[0]] = value
    with checker.variables({node.variables[0].name: value}):
        return checker.infer(node.args[1])


def _optional_map(checker: Checker, node: Macro, target: Type) -> Type:
    value: Type = DYN
    if isinstance(target, OptionalType):
        value = target.value
    elif target != DYN and node.target is not None:
        message = f"`{node.function}` works on optional values, not {checker.display(target)}"
        checker.problem("wrong-type", message, node.target.start, node.target.end)
    checker.types[node.variables[0]] = value
    with checker.variables({node.variables[0].name: value}):
        result = checker.infer(node.args[0])
    return result if node.function == "optFlatMap" else OptionalType(result)


def _loop_variables(checker: Checker, node: Macro, target_node: Expr, target: Type) -> list[Type]:
    """Return the types of a macro's variables.

    One variable is the element of a list or the key of a map; two are index and element, or key and value.
    """
    if isinstance(target, ListType):
        pair: tuple[Type, Type] = (INT, target.element)
    elif isinstance(target, MapType):
        pair = (target.key, target.value)
    elif isinstance(target, RecordType):
        pair = (STRING, checker.inference.value_of(target))
    else:
        checker.expect_container(target_node, target, f"`{node.function}`")
        pair = (DYN, DYN)
    if len(node.variables) == 2:
        return [*pair]
    return [pair[1] if isinstance(target, ListType) else pair[0]]


def _loop_result(checker: Checker, node: Macro, variables: Sequence[Type], args: Sequence[Type]) -> Type:
    name = node.function
    if name in _CONDITIONAL or len(args) == 2:
        checker.expect_bool(node.args[0], args[0], f"the condition of `{name}` must be a bool")
    if name == "filter":
        return ListType(variables[0])
    if name in ("map", "transformList"):
        return ListType(args[-1])
    if name == "transformMap":
        return MapType(variables[0], args[-1])
    return args[-1] if name == "transformMapEntry" else BOOL
