"""Finds out what the payload of an event should hold, by what a `wait` and the steps after it read of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..cel import Ast, Expr, parse
from ..cel.syntax.nodes import Binary, Call, Conditional, Ident, ListNode, Literal, Macro, Select, Unary
from ..language.analysis import Analysis
from ..language.model.expression_fields import ExpressionField
from ..language.model.workflow import Input, Wait, walk
from ..language.syntax import Scalar

_EVENT = "event"
_STRING_METHODS = frozenset(("contains", "endsWith", "matches", "startsWith", "trim", "split", "lowerAscii"))
_COMPARISONS = {"==", "!=", "<", "<=", ">", ">=", "in"}


def payload_fields(analysis: Analysis, step: Wait) -> list[Input]:
    """Return the fields of the payload that `match` and the expressions after a `wait` read, in that order.

    Each is like a declared input. There are none where only the payload as a whole is read, or nothing of it.
    """
    event = step.body.get(_EVENT)
    if not isinstance(event, Scalar):
        return []
    schemas: dict[str, dict[str, Any]] = {}
    optional: dict[str, bool] = {}
    for field in _readers(analysis, step):
        result = {"type": "boolean"} if field.kind == "condition" else {}
        for name, schema, may_be_missing in _reads(parse(field.node.text), result):
            schemas[name] = schemas.get(name) or schema
            optional[name] = optional.get(name, False) or may_be_missing
    return [
        Input(name, event, schema or {"type": "string"}, not optional[name])
        for name, schema in schemas.items()
    ]


def payload_schema(analysis: Analysis, step: Wait) -> dict[str, Any]:
    """Return the schema of a payload that is read as a whole, empty where nothing is known of it."""
    found = (_schema_of_whole(parse(field.node.text).root) for field in _readers(analysis, step))
    return next(filter(None, found), {})


def _readers(analysis: Analysis, step: Wait) -> Iterator[ExpressionField]:
    """Yield the expressions that may read the payload.

    These are `match`, those up to the next wait for an event, and all outside of the flow.
    """
    assert analysis.state is not None  # noqa: S101 - a whole analysis has one
    offsets = analysis.document.offsets
    start = offsets(step.node)[0]
    waits = (other for other in walk(analysis.workflow.flow) if isinstance(other, Wait))
    later = (offsets(other.node)[0] for other in waits if _EVENT in other.body)
    end = min((offset for offset in later if offset > start), default=len(analysis.document.text))
    fields = [field for item in analysis.state.items for field in item.expression_fields]
    for field in fields:
        if field.flow_node is None or start <= offsets(field.node)[0] < end:
            yield field


def _reads(ast: Ast, result: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Yield (name, schema, whether it may be missing) of each field of `event` that an expression reads.

    The schema is empty if nothing tells the type; `result` is that of what the expression must give.
    """
    pending: list[tuple[Expr, dict[str, Any], bool]] = [(ast.root, result, False)]
    while pending:
        node, schema, is_asked = pending.pop()
        name, is_deeper = _field(node)
        if name:
            is_optional = isinstance(node, Select) and node.optional
            yield name, {"type": "object"} if is_deeper else schema, is_asked or is_optional
            continue
        pending += reversed([(child, _expected(node, child, schema), _asks(node)) for child in node.children])


def _field(node: Expr) -> tuple[str, bool]:
    """Return the field of `event` that a path begins with, and whether the path goes on."""
    is_deeper = False
    while isinstance(node, Select):
        if isinstance(node.operand, Ident) and node.operand.name == _EVENT:
            return node.field, is_deeper
        node, is_deeper = node.operand, True
    return "", False


def _asks(node: Expr) -> bool:
    return isinstance(node, Macro) and node.function == "has"


def _expected(node: Expr, child: Expr, result: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that the place of a part in an expression tells, which has to give `result`."""
    match node:
        case Binary(operator="&&" | "||") | Unary(operator="!"):
            return {"type": "boolean"}
        case Conditional(condition=condition) if child is condition:
            return {"type": "boolean"}
        case Conditional():
            return result
        case Binary(operator="in", left=left, right=ListNode(elements=elements)) if child is left:
            return _enum(elements)
        case Binary(operator=operator, left=left, right=right) if operator in _COMPARISONS:
            return _schema_of(right if child is left else left)
        case Call(function=function, target=target) if child is target and function in _STRING_METHODS:
            return {"type": "string"}
        case _:
            return {}


def _enum(elements: tuple[Expr, ...]) -> dict[str, Any]:
    values = [element.value for element in elements if isinstance(element, Literal)]
    if len(values) == len(elements) and all(isinstance(value, str) for value in values):
        return {"type": "string", "enum": values}
    return {}


def _schema_of(node: Expr) -> dict[str, Any]:
    """Return the schema of the values that are compared with an expression."""
    match node:
        case Literal(value=bool()):
            return {"type": "boolean"}
        case Literal(value=int() | float()):
            return {"type": "number"}
        case Literal(value=str()):
            return {"type": "string"}
        case _:
            return {}


def _schema_of_whole(root: Expr) -> dict[str, Any]:
    """Return the schema of `event` itself, where an expression compares it."""
    pending = [root]
    while pending:
        node = pending.pop()
        for child in node.children:
            if isinstance(child, Ident) and child.name == _EVENT:
                return _expected(node, child, {})
        pending += node.children
    return {}
