"""Evaluators of lists and maps."""

from __future__ import annotations

from typing import Any, Final

from ..library import operators
from ..syntax.nodes import ListNode, MapNode
from ..values import MixedMap, OptionalValue, Uint
from .activation import Activation, Evaluator
from .core import Compiler
from .source_range import SourceRange

_KEY_CLASSES: Final = frozenset({str, int, Uint, bool})


def list_of(compiler: Compiler, node: ListNode) -> Evaluator:
    """Return the evaluator of a list."""
    elements = tuple([compiler.node(element) for element in node.elements])
    if node.optional:
        return _list_with_optionals(compiler, node, elements)

    def evaluate(activation: Activation) -> list[Any]:
        return [element(activation) for element in elements]

    return compiler.fold(evaluate, *elements)


def _list_with_optionals(compiler: Compiler, node: ListNode, elements: tuple[Evaluator, ...]) -> Evaluator:
    sources = tuple(map(compiler.range_of, node.elements))

    def evaluate(activation: Activation) -> list[Any]:
        result = []
        for position, element in enumerate(elements):
            value = element(activation)
            if position not in node.optional:
                result.append(value)
            elif _is_present(value, sources[position]):
                result.append(value.value)
        return result

    return evaluate


def _is_present(value: Any, source: SourceRange) -> bool:
    if not isinstance(value, OptionalValue):
        raise source.error("`?` takes an optional value", "no-such-overload")
    return value.present


def map_of(compiler: Compiler, node: MapNode) -> Evaluator:
    """Return the evaluator of a map."""
    parts = [
        (compiler.node(key), compiler.node(value), compiler.range_of(key), position in node.optional)
        for position, (key, value) in enumerate(node.entries)
    ]

    def evaluate(activation: Activation) -> Any:
        result: Any = {}
        for key_of, value_of, source, optional in parts:
            key, value = key_of(activation), value_of(activation)
            if type(key) not in _KEY_CLASSES:
                raise source.error("a map's key is a string, an integer or a bool", "no-such-overload")
            if operators.contains_key(result, key):
                raise source.error("duplicate key in the map", "duplicate-key")
            if key in result:
                result = MixedMap(result)
            if not optional:
                result[key] = value
            elif _is_present(value, source):
                result[key] = value.value
        return result

    return compiler.fold(evaluate, *(part for key, value, _, _ in parts for part in (key, value)))
