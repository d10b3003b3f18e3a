"""Expressions of a workflow, evaluated in a lane; whatever goes wrong is a StepError with its place."""

from __future__ import annotations

from typing import Any

from duckflux.cel.errors import CelError
from duckflux.language.syntax import Mapping, Node, Scalar, Sequence, plain_value

from ..errors import StepError
from .controller import Question
from .lane import ControlThread


def evaluate(lane: ControlThread, node: Node | None, field: str) -> Any:
    """The value of an expression. Static checks have seen to it that there is one."""
    execution = lane.execution
    if not isinstance(node, Scalar):
        raise TypeError(f"{field} is no expression")
    try:
        return execution.program(node.text)(lane.variables)
    except CelError as error:
        raise execution.cel_error(error, node, field) from None


def condition(lane: ControlThread, node: Scalar | None, field: str) -> bool:
    """The value of an expression that must give a bool."""
    value = evaluate(lane, node, field)
    if value is True or value is False or node is None:
        return bool(value)
    raise StepError(
        f"must give true or false, not {_kind(value)}: `{node.text}`",
        code="not-a-bool",
        field=field,
        place=lane.execution.place(node),
    )


def decided(lane: ControlThread, question: Question, path: str, node: Scalar | None, field: str) -> bool:
    """The value of a step's condition, as the controller remembers it or as it is now."""
    controller = lane.execution.run.controller
    known = controller.recall(lane.identity(path), question) if controller is not None else None
    return condition(lane, node, field) if known is None else known


def text_or_expression(lane: ControlThread, node: Scalar, field: str) -> Any:
    """The value of a field that is CEL or literal text (section 2)."""
    if lane.execution.is_expression(node.text, field):
        return evaluate(lane, node, field)
    return node.text


def each_text(node: Node, value_of: Any) -> Any:
    """The plain value of a tree whose texts are replaced by `value_of(scalar)`."""
    match node:
        case Scalar() if isinstance(node.value, str):
            return value_of(node)
        case Mapping():
            return {pair.key.text: each_text(pair.value, value_of) for pair in node}
        case Sequence():
            return [each_text(item, value_of) for item in node.items]
        case _:
            return plain_value(node)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {int: "a number", float: "a number", str: "a string", list: "a list", dict: "a map"}
    return names.get(type(value), f"a {type(value).__name__.lower()}")
