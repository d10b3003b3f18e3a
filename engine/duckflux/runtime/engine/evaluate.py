"""Evaluates a workflow's expressions; every failure is a StepError with its location."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from duckflux.cel.errors import CelError
from duckflux.language.syntax import Mapping, Node, Scalar, Sequence, plain_value

from ..values import describe_type
from .control_thread import ControlThread
from .controller import ConditionKind

_SURROUNDINGS = re.compile(r"\b(?:now|env)\b")


def evaluate(thread: ControlThread, node: Node | None, field: str) -> Any:
    """Return the value of an expression. Raises StepError.

    The static checks guarantee that the field holds one; otherwise TypeError is raised.
    """
    frame = thread.frame
    if not isinstance(node, Scalar):
        raise TypeError(f"{field} is not an expression")
    try:
        return frame.program(node.text)(thread.variables)
    except CelError as error:
        raise frame.cel_error(error, node, field) from None


def evaluate_map(thread: ControlThread, node: Mapping, field: str) -> dict[str, Any]:
    """Return the values of a map of expressions, by their names. Raises StepError."""
    return {
        pair.key.text: evaluate(thread, pair.value, f"{field}.{pair.key.text}")
        for pair in node
        if isinstance(pair.value, Scalar)
    }


def evaluate_condition(thread: ControlThread, node: Scalar | None, field: str) -> bool:
    """Return the value of an expression that must give a bool. Raises StepError if it gives anything else."""
    value = evaluate(thread, node, field)
    if value is True or value is False or node is None:
        return bool(value)
    message = f"must give true or false, not {describe_type(value)}: `{node.text}`"
    raise thread.frame.error(message, code="not-a-bool", field=field, node=node)


def is_repeatable(text: str) -> bool:
    """Return whether an expression gives the same again after the same steps, at any time and place."""
    return _SURROUNDINGS.search(text) is None


def decide_condition(
    thread: ControlThread, kind: ConditionKind, path: str, node: Scalar | None, field: str
) -> bool:
    """Return the value of a step's condition: the controller's answer, else its value now. Raises StepError."""
    controller = thread.frame.run.controller
    if controller is None:
        return evaluate_condition(thread, node, field)
    identity = thread.identity(path)
    known = controller.recall(identity, kind)
    if known is not None:
        return bool(known)
    value = evaluate_condition(thread, node, field)
    if node is not None and not is_repeatable(node.text):
        controller.decided(identity, kind, value)
    return value


def text_or_expression(thread: ControlThread, node: Scalar, field: str) -> Any:
    """Return the value of a field that takes CEL or literal text. Raises StepError.

    See docs/language.md#2-cel-or-literal-fields.
    """
    if thread.frame.is_expression(node.text, field):
        return evaluate(thread, node, field)
    return node.text


def map_texts(node: Node, value_of: Callable[[Scalar], Any]) -> Any:
    """Return the plain value of a tree in which each text is replaced by `value_of(scalar)`."""
    match node:
        case Scalar() if isinstance(node.value, str):
            return value_of(node)
        case Mapping():
            return {pair.key.text: map_texts(pair.value, value_of) for pair in node}
        case Sequence():
            return [map_texts(item, value_of) for item in node.items]
        case _:
            return plain_value(node)
