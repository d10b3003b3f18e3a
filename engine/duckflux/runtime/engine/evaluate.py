"""Expressions of a workflow, evaluated in a lane; whatever goes wrong is a StepError with its place."""

from __future__ import annotations

from typing import Any

from duckflux.cel.errors import CelError
from duckflux.language.syntax import Mapping, Node, Scalar, Sequence, plain_value

from ..errors import StepError
from .control_thread import ControlThread
from .controller import Question


def evaluate(thread: ControlThread, node: Node | None, field: str) -> Any:
    """The value of an expression. Static checks have seen to it that there is one."""
    frame = thread.frame
    if not isinstance(node, Scalar):
        raise TypeError(f"{field} is no expression")
    try:
        return frame.program(node.text)(thread.variables)
    except CelError as error:
        raise frame.cel_error(error, node, field) from None


def evaluate_condition(thread: ControlThread, node: Scalar | None, field: str) -> bool:
    """The value of an expression that must give a bool."""
    value = evaluate(thread, node, field)
    if value is True or value is False or node is None:
        return bool(value)
    raise StepError(
        f"must give true or false, not {_kind(value)}: `{node.text}`",
        code="not-a-bool",
        field=field,
        location=thread.frame.location(node),
    )


def decide_condition(
    thread: ControlThread, question: Question, path: str, node: Scalar | None, field: str
) -> bool:
    """The value of a step's condition, as the controller remembers it or as it is now."""
    controller = thread.frame.run.controller
    known = controller.recall(thread.identity(path), question) if controller is not None else None
    return evaluate_condition(thread, node, field) if known is None else known


def text_or_expression(thread: ControlThread, node: Scalar, field: str) -> Any:
    """The value of a field that is CEL or literal text (section 2)."""
    if thread.frame.is_expression(node.text, field):
        return evaluate(thread, node, field)
    return node.text


def map_texts(node: Node, value_of: Any) -> Any:
    """The plain value of a tree whose texts are replaced by `value_of(scalar)`."""
    match node:
        case Scalar() if isinstance(node.value, str):
            return value_of(node)
        case Mapping():
            return {pair.key.text: map_texts(pair.value, value_of) for pair in node}
        case Sequence():
            return [map_texts(item, value_of) for item in node.items]
        case _:
            return plain_value(node)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {int: "a number", float: "a number", str: "a string", list: "a list", dict: "a map"}
    return names.get(type(value), f"a {type(value).__name__.lower()}")
