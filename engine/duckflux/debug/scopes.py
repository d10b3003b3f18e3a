"""Groups the values of a frame: of its step, inputs and context, results of steps, environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..runtime.engine.variables import ScopedVariables
from .client import Scope
from .values import Container, NotSettableError, Opened, setter_of_parts

_ABSENT: Any = object()


class Setters(NamedTuple):
    """The functions that replace values of a run: the chain, a key of the context, the output of a step."""

    chain: Callable[[Any], None]
    context: Callable[[str, Any], None]
    output: Callable[[str, Any], None]


def scopes(
    variables: ScopedVariables,
    names: tuple[str, ...],
    iterations: Callable[[str], list[tuple[str, Any]]],
    *,
    chain: Any = _ABSENT,
    setters: Setters | None = None,
) -> list[Scope]:
    """Return the scopes of a frame.

    `names` are those of the workflow's steps, `iterations` returns the results of one in the iterations of its
    loops, and `chain` is the chain's value, if there is one.
    """
    shared = variables.shared
    execution = dict(shared["execution"])
    context = execution.pop("context")
    return [
        Scope("Step", _step(variables, names, chain, setters), hint="locals"),
        Scope("Results", _results(shared, names, iterations, setters)),
        Scope("Context", Container(context, "execution.context", setters.context if setters else None)),
        Scope("Inputs", Container(shared["workflow"]["inputs"], "workflow.inputs"), hint="arguments"),
        Scope("Run", Container(execution, "execution")),
        Scope("Environment", Container(shared["env"], "env"), expensive=True),
    ]


def _step(
    variables: ScopedVariables, names: tuple[str, ...], chain: Any, setters: Setters | None
) -> Container:
    own, shared = dict(variables.own), variables.shared
    values: dict[str, Any] = {"input": own.pop("input", None)}
    if chain is not _ABSENT:
        values["chain"] = Opened(chain, _parts_of_chain(chain, setters), expression="")
    values["output"] = own.pop("output", None)
    values |= own
    known = {*names, *values, "workflow", "execution", "env"}
    # Values that stay after their loop or wait.
    values |= {name: value for name, value in shared.items() if name not in known}

    def set_child(name: str, value: Any) -> None:
        if setters is None or name != "chain":
            raise NotSettableError(
                f"`{name}` can't be set: set the chain, a key of the context, or the output of a step"
            )
        setters.chain(value)

    return Container(values, sections=True, set_child=set_child if setters else None)


def _parts_of_chain(chain: Any, setters: Setters | None) -> Container | None:
    if not isinstance(chain, Mapping | list | tuple) or not chain:
        return None
    return Container(chain, set_child=setter_of_parts(chain, setters.chain if setters else None))


def _results(
    shared: Mapping[str, Any],
    names: tuple[str, ...],
    iterations: Callable[[str], list[tuple[str, Any]]],
    setters: Setters | None,
) -> Container:
    results = {name: shared[name] for name in names if name in shared}
    opened = {name: _result(name, result, iterations(name), setters) for name, result in results.items()}
    return Container(opened, sections=True)


def _result(
    name: str, result: Mapping[str, Any], iterations: list[tuple[str, Any]], setters: Setters | None
) -> Opened:
    if not result:
        return Opened(result, None, "has not run", is_settable=False)

    def set_child(key: str, value: Any) -> None:
        if setters is None or key != "output":
            raise NotSettableError(f"`{key}` can't be set: of a step, only its output can")
        setters.output(name, value)

    parts = dict(result)
    if iterations:
        kept = {f"{label} ({number})": value for number, (label, value) in enumerate(iterations, 1)}
        parts["iterations"] = Opened(kept, Container(kept), f"{len(kept)} results", "", is_settable=False)
    inner = Container(parts, name, set_child if setters else None)
    return Opened(result, inner, "", name if name.isidentifier() else "", is_settable=False)
