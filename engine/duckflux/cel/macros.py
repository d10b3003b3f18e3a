"""The macros that evaluate their argument for each element (CEL spec, "Macros")."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .access import ErrorSite
from .environment import Bindings, Environment, Evaluate
from .errors import EvaluationError
from .nodes import Macro, walk
from .operators import too_costly
from .values import NONE, OptionalValue, class_of

if TYPE_CHECKING:
    from .compiler import Compiler

Scopes = Callable[[Bindings], Iterator[Bindings]]


class _Loop(NamedTuple):
    """A macro's parts: its scopes, one for each element, and the closures to evaluate in them."""

    scopes: Scopes
    args: tuple[Evaluate, ...]
    sites: tuple[ErrorSite, ...]
    key: str


def compile_macro(compiler: Compiler, node: Macro) -> Evaluate:
    """The closure of any macro but ``has``."""
    args = tuple([compiler.node(arg) for arg in node.args])
    sites = tuple(map(compiler.site, node.args))
    if node.target is None:
        return _bind(node.variables[0].name, *args)
    target = compiler.node(node.target)
    site = compiler.site(node.target)
    if node.function in _OPTIONAL_MACROS:
        return _optional_map(node, target, args[0], site, sites[0])
    loop = _Loop(_scopes(node, target, site), args, sites, node.variables[0].name)
    return _BUILDERS[node.function](loop)


def _scopes(node: Macro, target: Evaluate, site: ErrorSite) -> Scopes:
    """One scope for each element of the target; a step costs as many units as the macro evaluates nodes."""
    cost = sum(1 for arg in node.args for _ in walk(arg))
    name = node.variables[0].name
    second = node.variables[1].name if len(node.variables) > 1 else None

    def scopes(environment: Bindings) -> Iterator[Bindings]:
        items = _items(target(environment), second is not None, node.function, site)
        meter = environment.meter
        scope = Bindings(environment, meter)
        for item in items:
            meter.left -= cost
            if meter.left < 0:
                raise site.refused(too_costly())
            if second is None:
                scope[name] = item
            else:
                scope[name], scope[second] = item
            yield scope

    return scopes


def _items(value: Any, pairs: bool, macro: str, site: ErrorSite) -> Iterator[Any]:
    kind = class_of(value)
    if kind is list:
        return enumerate(value) if pairs else iter(value)
    if kind is dict:
        return iter(value.items()) if pairs else iter(value)
    raise site.error(f"`{macro}` works on lists and maps", "no-such-overload")


def _quantifier(deciding: bool) -> Callable[[_Loop], Evaluate]:
    """``all`` (decided by a false) and ``exists`` (decided by a true); the deciding value wins over any error."""

    neutral = not deciding

    def build(loop: _Loop) -> Evaluate:
        scopes, (condition,), (site,) = loop.scopes, loop.args, loop.sites

        def evaluate(environment: Environment) -> bool:
            failure = None
            for scope in scopes(environment):
                try:
                    value = condition(scope)
                except EvaluationError as error:
                    failure = failure or error
                    continue
                if value is neutral:
                    continue
                if value is deciding:
                    return not neutral
                failure = failure or _not_bool(site)
            if failure:
                raise failure
            return neutral

        return evaluate

    return build


def _exists_one(loop: _Loop) -> Evaluate:
    scopes, (condition,), (site,) = loop.scopes, loop.args, loop.sites

    def evaluate(environment: Environment) -> bool:
        return sum(1 for scope in scopes(environment) if _bool(condition(scope), site)) == 1

    return evaluate


def _filter(loop: _Loop) -> Evaluate:
    scopes, (condition,), (site,), name = loop.scopes, loop.args, loop.sites, loop.key

    def evaluate(environment: Environment) -> list[Any]:
        return [scope[name] for scope in scopes(environment) if _bool(condition(scope), site)]

    return evaluate


def _map(loop: _Loop) -> Evaluate:
    scopes, result = _filtered(loop), loop.args[-1]

    def evaluate(environment: Environment) -> list[Any]:
        return [result(scope) for scope in scopes(environment)]

    return evaluate


def _transform_map(loop: _Loop) -> Evaluate:
    scopes, result, key = _filtered(loop), loop.args[-1], loop.key

    def evaluate(environment: Environment) -> dict[Any, Any]:
        return {scope[key]: result(scope) for scope in scopes(environment)}

    return evaluate


def _transform_entries(loop: _Loop) -> Evaluate:
    scopes, result, site = _filtered(loop), loop.args[-1], loop.sites[-1]

    def evaluate(environment: Environment) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        for scope in scopes(environment):
            entries = result(scope)
            if class_of(entries) is not dict:
                raise site.error("`transformMapEntry` takes a map", "no-such-overload")
            if any(key in merged for key in entries):
                raise site.error("the map has this key twice", "duplicate-key")
            merged.update(entries)
        return merged

    return evaluate


def _filtered(loop: _Loop) -> Scopes:
    """The scopes of a macro with a result, without those its condition, if it has one, excludes."""
    if len(loop.args) == 1:
        return loop.scopes
    condition, site = loop.args[0], loop.sites[0]

    def scopes(environment: Bindings) -> Iterator[Bindings]:
        return (scope for scope in loop.scopes(environment) if _bool(condition(scope), site))

    return scopes


def _bool(value: Any, site: ErrorSite) -> bool:
    if value is True or value is False:
        return value
    raise _not_bool(site)


def _not_bool(site: ErrorSite) -> EvaluationError:
    return site.error("the condition is not a bool", "no-such-overload")


def _bind(name: str, value: Evaluate, result: Evaluate) -> Evaluate:
    def evaluate(environment: Bindings) -> Any:
        scope = Bindings(environment, environment.meter)
        scope[name] = value(environment)
        return result(scope)

    return evaluate


def _optional_map(
    node: Macro, target: Evaluate, result: Evaluate, site: ErrorSite, result_site: ErrorSite
) -> Evaluate:
    name, flat = node.variables[0].name, node.function == "optFlatMap"

    def evaluate(environment: Bindings) -> Any:
        optional = target(environment)
        if not isinstance(optional, OptionalValue):
            raise site.error(f"`{node.function}` works on optional values", "no-such-overload")
        if not optional.present:
            return NONE
        scope = Bindings(environment, environment.meter)
        scope[name] = optional.value
        value = result(scope)
        if not flat:
            return OptionalValue(True, value)
        if not isinstance(value, OptionalValue):
            raise result_site.error("`optFlatMap` takes an optional value", "no-such-overload")
        return value

    return evaluate


_OPTIONAL_MACROS: Final = frozenset({"optMap", "optFlatMap"})
_BUILDERS: Final[dict[str, Callable[[_Loop], Evaluate]]] = {
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
