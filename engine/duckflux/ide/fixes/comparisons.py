"""Fixes the types of operands: literals with or without quotes, and conversions to text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import cel
from ...cel.syntax.nodes import Binary, Expr, Literal
from ...cel.types import BOOL, INT, NUMBERS, STRING, EnumType, Type
from ...language.analysis import Analysis, Diagnostic
from .fix import Fix
from .scalar_content import ContentRange, part_at, rewritten

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_STATUS = re.compile(r"[\w.]+\.status", re.ASCII)


def convert_literal(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Change a literal so that it has the type that it is compared with."""
    found = _operation(analysis, diagnostic)
    if found is None:
        return
    part, operation = found
    for literal, other in ((operation.left, operation.right), (operation.right, operation.left)):
        new = _as(literal, _type(analysis, part, other))
        if new is not None:
            text = part._replace(start=part.start + literal.start, end=part.start + literal.end).replaced(new)
            yield rewritten(analysis, part.scalar, text, f"Compare with `{new}`")._replace(safe=False)


def convert_operand(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Convert what is added to a text to text; change the literal of a comparison."""
    found = _operation(analysis, diagnostic)
    if found is None:
        return
    part, operation = found
    types = [_type(analysis, part, operand) for operand in (operation.left, operation.right)]
    if operation.operator != "+" or not any(map(_is_text, types)):
        yield from convert_literal(analysis, diagnostic)
        return
    operand = operation.right if _is_text(types[0]) else operation.left
    new = _as(operand, STRING) or f"string({part.text[operand.start : operand.end]})"
    inner = part._replace(start=part.start + operand.start, end=part.start + operand.end)
    yield rewritten(analysis, part.scalar, inner.replaced(new), f"Convert it to text: `{new}`")


def make_condition(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Test whether a step succeeded; remove the quotes of `'true'`."""
    part = part_at(analysis, diagnostic)
    if part is None:
        return
    if _STATUS.fullmatch(part.text):
        negated = part.scalar.text[: part.start].endswith("!")
        start = part.start - negated
        test = f'{part.text} {"!=" if negated else "=="} "success"'
        text = part._replace(start=start).replaced(test)
        yield rewritten(analysis, part.scalar, text, f"Change to `{test}`")._replace(safe=False)
    elif part.text.strip("'\"") in ("true", "false"):
        word = part.text.strip("'\"")
        yield rewritten(analysis, part.scalar, part.replaced(word), f"Change to `{word}`")


def _operation(analysis: Analysis, diagnostic: Diagnostic) -> tuple[ContentRange, Binary] | None:
    part = part_at(analysis, diagnostic)
    root = cel.parse(part.text).root if part is not None else None
    return (part, root) if part is not None and isinstance(root, Binary) else None


def _type(analysis: Analysis, part: ContentRange, node: Expr) -> Type | None:
    if analysis.state is None:
        return None
    return analysis.state.model.type_of(part.text[node.start : node.end])


def _as(literal: Expr, wanted: Type | None) -> str | None:
    """Return a literal as one of another type, or None if it can't be one."""
    if not isinstance(literal, Literal) or wanted is None:
        return None
    value = literal.value
    if isinstance(value, str):
        is_number = wanted in NUMBERS and _NUMBER.fullmatch(value) and (wanted != INT or "." not in value)
        return value if is_number or (wanted == BOOL and value in ("true", "false")) else None
    if isinstance(value, int | float) and _is_text(wanted):
        return f'"{str(value).lower()}"'
    return None


def _is_text(type_: Type | None) -> bool:
    return type_ == STRING or isinstance(type_, EnumType)
