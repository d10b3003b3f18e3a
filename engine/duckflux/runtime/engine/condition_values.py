"""Tells what the condition of a `wait` sees: the values that it reads, as a short text for people."""

from __future__ import annotations

from collections.abc import Iterator

from duckflux.cel import parse, to_json
from duckflux.cel.errors import CelError
from duckflux.cel.syntax.nodes import Expr, Ident, Index, Literal, Macro, Select
from duckflux.language.syntax import Scalar

from ..values import encode_json
from .control_thread import ControlThread

_MAX_VALUES = 3
_MAX_VALUE = 60
# They are named by their last part alone.
_SCOPES = ("execution.context.", "workflow.inputs.", "env.")


def condition_values(thread: ControlThread, condition: Scalar) -> str:
    """Return the values that a condition reads now, as in `count = 2, state = "new"`, with secrets masked.

    A condition that reads nothing, or only the time, gives `false`: it is waited for.
    """
    ast = parse(condition.text)
    names = dict.fromkeys(ast.source(node) for node in _reads(ast.root))
    found = (f"{_short(name)} = {_value(thread, name)}" for name in [*names][:_MAX_VALUES])
    return ", ".join(found) or "false"


def _value(thread: ControlThread, name: str) -> str:
    secrets = thread.frame.run.secrets
    try:
        value = secrets.mask_value(to_json(thread.frame.program(name)(thread.variables)))
    except CelError:
        return "?"
    text = secrets.mask(encode_json(value).decode("utf-8", "replace"))
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 1] + "…"


def _short(name: str) -> str:
    return next((name.removeprefix(scope) for scope in _SCOPES if name.startswith(scope)), name)


def _reads(root: Expr) -> Iterator[Expr]:
    """Yield the variables and members that an expression reads, each as a whole: `a.b.c`, `a["b"]`."""
    pending = [root]
    while pending:
        node = pending.pop()
        variable = _variable_of(node)
        if variable is not None:
            if variable.name != "now":
                yield node
        elif isinstance(node, Macro):
            # What is inside has variables of its own.
            pending += [node.target] if node.target is not None else []
        else:
            pending += reversed([*node.children])


def _variable_of(node: Expr) -> Ident | None:
    """Return the variable that a dotted path begins with, None for anything else."""
    while isinstance(node, Select | Index):
        if isinstance(node, Index) and not isinstance(node.index, Literal):
            return None
        node = node.operand
    return node if isinstance(node, Ident) else None
