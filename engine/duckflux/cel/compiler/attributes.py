"""Evaluators of names, fields, indices and `has`, and the errors where the value has no such part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import EvaluationError, Failure
from ..library.operators import contains_key, find_index
from ..library.standard import TYPE_NAMES
from ..syntax.nodes import Ident, Index, Literal, Select
from ..values import NONE, OptionalValue, TypeValue, class_of, type_name
from .activation import Activation, Evaluator, NestedActivation
from .core import Compiler
from .source_range import SourceRange

_MISSING = object()


def literal(compiler: Compiler, node: Literal) -> Evaluator:
    """Return the evaluator of a constant."""
    return compiler.constant(node.value)


def ident(compiler: Compiler, node: Ident) -> Evaluator:
    """Return the evaluator of a name."""
    return _attribute(compiler.ast.text, node, ())


def select(compiler: Compiler, node: Select) -> Evaluator:
    """Return the evaluator of a field, or of a whole chain of fields of a name."""
    if node.optional:
        field = compiler.constant(node.field)
        return _optional_index_of(compiler.node(node.operand), field, compiler.range_of(node))
    selects: list[Select] = [node]
    base = node.operand
    while isinstance(base, Select) and not base.optional:
        selects.append(base)
        base = base.operand
    selects.reverse()
    if isinstance(base, Ident):
        return _attribute(compiler.ast.text, base, tuple(selects))
    evaluate = compiler.node(base)
    for part in selects:
        evaluate = compiler.fold(_select_of(evaluate, part.field, compiler.range_of(part)), evaluate)
    return evaluate


def index(compiler: Compiler, node: Index) -> Evaluator:
    """Return the evaluator of an element of a list or a map."""
    operand, key = compiler.node(node.operand), compiler.node(node.index)
    make = _optional_index_of if node.optional else _index_of
    return compiler.fold(make(operand, key, compiler.range_of(node)), operand, key)


def _attribute(text: str, base: Ident, selects: tuple[Select, ...]) -> Evaluator:
    """Return the evaluator of ``name.field.field``: ``base`` with all ``selects`` from it.

    The fast path is a chain of Python subscriptions. Where one fails, the slow path resolves qualified names,
    optional values and records, and raises the error.
    """
    name, fields = base.name, [part.field for part in selects]

    def slow_path(activation: Activation) -> Any:
        while base.absolute and isinstance(activation, NestedActivation):
            activation = activation.outer
        value, consumed = _resolve(activation, name, fields)
        if value is _MISSING:
            source = SourceRange(text, base.start, base.end)
            raise source.error(f"undeclared reference to `{name}`", "undeclared")
        for part in selects[consumed:]:
            value = _field_of(value, part.field, SourceRange(text, part.start, part.end))
        return value

    if base.absolute:
        return slow_path
    if not fields:
        return _name(name, slow_path)
    if len(fields) == 1:
        return _one_field(name, fields[0], slow_path)
    if len(fields) == 2:
        return _two_fields(name, fields[0], fields[1], slow_path)
    return _many_fields(name, fields, slow_path)


def _name(name: str, slow_path: Evaluator) -> Evaluator:
    def evaluate(activation: Activation) -> Any:
        try:
            return activation[name]
        except KeyError:
            return slow_path(activation)

    return evaluate


def _one_field(name: str, field: str, slow_path: Evaluator) -> Evaluator:
    def evaluate(activation: Activation) -> Any:
        try:
            return activation[name][field]
        except (KeyError, TypeError):
            return slow_path(activation)

    return evaluate


def _two_fields(name: str, first: str, second: str, slow_path: Evaluator) -> Evaluator:
    def evaluate(activation: Activation) -> Any:
        try:
            return activation[name][first][second]
        except (KeyError, TypeError):
            return slow_path(activation)

    return evaluate


def _many_fields(name: str, fields: list[str], slow_path: Evaluator) -> Evaluator:
    first, second, *rest = fields

    def evaluate(activation: Activation) -> Any:
        try:
            value = activation[name][first][second]
            for field in rest:
                value = value[field]
        except (KeyError, TypeError):
            return slow_path(activation)
        return value

    return evaluate


def _resolve(activation: Activation, name: str, fields: list[str]) -> tuple[Any, int]:
    """Return the value of the longest qualified name, and how many fields belong to that name.

    See "Name Resolution" in CEL's specification.
    """
    for consumed in range(len(fields), -1, -1):
        qualified = ".".join((name, *fields[:consumed]))
        value = _lookup(activation, qualified)
        if value is _MISSING and qualified in TYPE_NAMES:
            value = TypeValue(TYPE_NAMES[qualified][0])
        if value is not _MISSING:
            return value, consumed
    return _MISSING, 0


def _lookup(activation: Activation, name: str) -> Any:
    try:
        return activation[name]
    except KeyError:
        return _MISSING


def _select_of(operand: Evaluator, field: str, source: SourceRange) -> Evaluator:
    """Return the evaluator of ``operand.field``."""

    def evaluate(activation: Activation) -> Any:
        return _field_of(operand(activation), field, source)

    return evaluate


def _field_of(value: Any, field: str, source: SourceRange) -> Any:
    """Return the field of a map. Raise EvaluationError when the map lacks it."""
    kind = class_of(value)
    if kind is OptionalValue:
        return _optional_element(value, field, source)
    if kind is not dict:
        raise source.error(
            f"`{source.excerpt()}`: a value of type {type_name(value)} has no fields", "no-such-field"
        )
    try:
        return value[field]
    except KeyError:
        raise _no_such_key(value, field, source) from None


def _no_such_key(mapping: Any, key: Any, source: SourceRange) -> EvaluationError:
    explain = getattr(mapping, "__missing_message__", None)
    message = explain(key) if explain else None
    return source.error(message or f"no such key: {source.excerpt()}", "no-such-key")


def _index_of(operand: Evaluator, key: Evaluator, source: SourceRange) -> Evaluator:
    """Return the evaluator of ``operand[key]``."""

    def evaluate(activation: Activation) -> Any:
        container, key_value = operand(activation), key(activation)
        if type(container) is OptionalValue:
            return _optional_element(container, key_value, source)
        return _element(container, key_value, source)

    return evaluate


def _optional_index_of(operand: Evaluator, key: Evaluator, source: SourceRange) -> Evaluator:
    """Return the evaluator of ``operand[?key]`` or ``operand.?field``."""

    def evaluate(activation: Activation) -> Any:
        return _optional_element(operand(activation), key(activation), source)

    return evaluate


def _element(container: Any, key: Any, source: SourceRange) -> Any:
    element = _find_element(container, key, source)
    if element is not _MISSING:
        return element
    if isinstance(container, Mapping):
        raise _no_such_key(container, key, source)
    raise source.error(f"index out of range: {source.excerpt()}", "out-of-range")


def _optional_element(container: Any, key: Any, source: SourceRange) -> OptionalValue:
    """Return the element as an optional value, which is empty if the container lacks it or is empty itself."""
    if isinstance(container, OptionalValue):
        if not container.present:
            return NONE
        container = container.value
    element = _find_element(container, key, source)
    return NONE if element is _MISSING else OptionalValue(True, element)


def _find_element(container: Any, key: Any, source: SourceRange) -> Any:
    kind = class_of(container)
    if kind is dict:
        return container[key] if contains_key(container, key) else _MISSING
    if kind is not list:
        raise source.error(f"a value of type {type_name(container)} cannot be indexed", "no-such-overload")
    try:
        position = find_index(container, key)
    except Failure as failure:
        raise source.located(failure) from None
    return _MISSING if position is None else container[position]


def has(operand: Evaluator, field: str, source: SourceRange) -> Evaluator:
    """Return the evaluator of ``has(operand.field)``."""

    def evaluate(activation: Activation) -> bool:
        value = operand(activation)
        if type(value) is dict:
            return field in value
        return _has_field(value, field, source)

    return evaluate


def _has_field(value: Any, field: str, source: SourceRange) -> bool:
    if isinstance(value, OptionalValue):
        return value.present and _has_field(value.value, field, source)
    if class_of(value) is not dict:
        raise source.error(
            f"`{source.excerpt()}`: a value of type {type_name(value)} has no fields", "no-such-field"
        )
    return field in value
