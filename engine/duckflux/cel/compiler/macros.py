"""Evaluators of macros; most are comprehensions, which evaluate their arguments for each element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from ..cost import cost_exceeded
from ..errors import EvaluationError
from ..syntax.nodes import Macro, Select, walk
from ..values import NONE, OptionalValue, class_of
from .activation import Activation, Evaluator, NestedActivation
from .attributes import has
from .core import Compiler
from .source_range import SourceRange

Iterations = Callable[[NestedActivation], Iterator[NestedActivation]]


class _Comprehension(NamedTuple):
    """A macro over a list or a map: the activations of its iterations, and the closures to evaluate in them."""

    iterations: Iterations
    args: tuple[Evaluator, ...]
    sources: tuple[SourceRange, ...]
    variable: str


def macro(compiler: Compiler, node: Macro) -> Evaluator:
    """Return the evaluator of a macro."""
    if node.function == "has":
        selected = node.args[0]
        assert isinstance(selected, Select)  # noqa: S101
        return has(compiler.node(selected.operand), selected.field, compiler.range_of(selected))
    args = tuple([compiler.node(arg) for arg in node.args])
    sources = tuple(map(compiler.range_of, node.args))
    if node.target is None:
        return _bind(node.variables[0].name, *args)
    target = compiler.node(node.target)
    source = compiler.range_of(node.target)
    if node.function in _OPTIONAL_MACROS:
        return _optional_map(node, target, args[0], source, sources[0])
    comprehension = _Comprehension(_iterations(node, target, source), args, sources, node.variables[0].name)
    return _BUILDERS[node.function](comprehension)


def _iterations(node: Macro, target: Evaluator, source: SourceRange) -> Iterations:
    """Return a function that yields an activation for each element of the target.

    An iteration costs as many units as the macro's arguments have nodes.
    """
    cost = sum(1 for arg in node.args for _ in walk(arg))
    name = node.variables[0].name
    second = node.variables[1].name if len(node.variables) > 1 else None

    def iterations(activation: NestedActivation) -> Iterator[NestedActivation]:
        elements = _elements(target(activation), second is not None, node.function, source)
        meter = activation.meter
        local = NestedActivation(activation, meter)
        for element in elements:
            meter.remaining -= cost
            if meter.remaining < 0:
                raise source.located(cost_exceeded())
            if second is None:
                local[name] = element
            else:
                local[name], local[second] = element
            yield local

    return iterations


def _elements(value: Any, pairs: bool, macro: str, source: SourceRange) -> Iterator[Any]:
    kind = class_of(value)
    if kind is list:
        return enumerate(value) if pairs else iter(value)
    if kind is dict:
        return iter(value.items()) if pairs else iter(value)
    raise source.error(f"`{macro}` works on lists and maps", "no-such-overload")


def _quantifier(deciding: bool) -> Callable[[_Comprehension], Evaluator]:
    """Return the builder of ``all``, which a false decides, or of ``exists``, which a true decides.

    The deciding value wins over the errors of other iterations.
    """
    neutral = not deciding

    def build(comprehension: _Comprehension) -> Evaluator:
        iterations, (condition,), (source,) = (
            comprehension.iterations,
            comprehension.args,
            comprehension.sources,
        )

        def evaluate(activation: Activation) -> bool:
            failure = None
            for local in iterations(activation):
                try:
                    value = condition(local)
                except EvaluationError as error:
                    failure = failure or error
                    continue
                if value is neutral:
                    continue
                if value is deciding:
                    return not neutral
                failure = failure or _not_bool(source)
            if failure:
                raise failure
            return neutral

        return evaluate

    return build


def _exists_one(comprehension: _Comprehension) -> Evaluator:
    iterations, (condition,), (source,) = comprehension.iterations, comprehension.args, comprehension.sources

    def evaluate(activation: Activation) -> bool:
        return sum(1 for local in iterations(activation) if _bool(condition(local), source)) == 1

    return evaluate


def _filter(comprehension: _Comprehension) -> Evaluator:
    iterations, (condition,), (source,), name = (
        comprehension.iterations,
        comprehension.args,
        comprehension.sources,
        comprehension.variable,
    )

    def evaluate(activation: Activation) -> list[Any]:
        return [local[name] for local in iterations(activation) if _bool(condition(local), source)]

    return evaluate


def _map(comprehension: _Comprehension) -> Evaluator:
    iterations, result = _filtered(comprehension), comprehension.args[-1]

    def evaluate(activation: Activation) -> list[Any]:
        return [result(local) for local in iterations(activation)]

    return evaluate


def _transform_map(comprehension: _Comprehension) -> Evaluator:
    iterations, result, key = _filtered(comprehension), comprehension.args[-1], comprehension.variable

    def evaluate(activation: Activation) -> dict[Any, Any]:
        return {local[key]: result(local) for local in iterations(activation)}

    return evaluate


def _transform_entries(comprehension: _Comprehension) -> Evaluator:
    iterations, result, source = _filtered(comprehension), comprehension.args[-1], comprehension.sources[-1]

    def evaluate(activation: Activation) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        for local in iterations(activation):
            entries = result(local)
            if class_of(entries) is not dict:
                raise source.error("`transformMapEntry` takes a map", "no-such-overload")
            if any(key in merged for key in entries):
                raise source.error("duplicate key in the map", "duplicate-key")
            merged.update(entries)
        return merged

    return evaluate


def _filtered(comprehension: _Comprehension) -> Iterations:
    """Return the iterations for which the optional condition of a macro with a result holds."""
    if len(comprehension.args) == 1:
        return comprehension.iterations
    condition, source = comprehension.args[0], comprehension.sources[0]

    def iterations(activation: NestedActivation) -> Iterator[NestedActivation]:
        return (local for local in comprehension.iterations(activation) if _bool(condition(local), source))

    return iterations


def _bool(value: Any, source: SourceRange) -> bool:
    if value is True or value is False:
        return value
    raise _not_bool(source)


def _not_bool(source: SourceRange) -> EvaluationError:
    return source.error("the condition is not a bool", "no-such-overload")


def _bind(name: str, value: Evaluator, result: Evaluator) -> Evaluator:
    def evaluate(activation: NestedActivation) -> Any:
        local = NestedActivation(activation, activation.meter)
        local[name] = value(activation)
        return result(local)

    return evaluate


def _optional_map(
    node: Macro, target: Evaluator, result: Evaluator, source: SourceRange, result_site: SourceRange
) -> Evaluator:
    name, flat = node.variables[0].name, node.function == "optFlatMap"

    def evaluate(activation: NestedActivation) -> Any:
        optional = target(activation)
        if not isinstance(optional, OptionalValue):
            raise source.error(f"`{node.function}` works on optional values", "no-such-overload")
        if not optional.present:
            return NONE
        local = NestedActivation(activation, activation.meter)
        local[name] = optional.value
        value = result(local)
        if not flat:
            return OptionalValue(True, value)
        if not isinstance(value, OptionalValue):
            raise result_site.error("`optFlatMap` takes an optional value", "no-such-overload")
        return value

    return evaluate


_OPTIONAL_MACROS: Final = frozenset({"optMap", "optFlatMap"})
_BUILDERS: Final[dict[str, Callable[[_Comprehension], Evaluator]]] = {
    "all": _quantifier(False),
    "exists": _quantifier(True),
    "exists_one": _exists_one,
    "existsOne": _exists_one,
    "filter": _filter,
    "map": _map,
    "transformList": _map,
    "transformMap": _transform_map,
    "transformMapEntry": _transform_entries,
}
