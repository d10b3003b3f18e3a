"""Finds the expression at a cursor."""

from __future__ import annotations

import msgspec

from ..language.model.expression_fields import ExpressionField
from ..language.semantics.query_context import Expression, QueryContext
from ..language.semantics.semantic_model import SemanticModel
from ..language.syntax.scalar_ranges import content_offset
from .cursor import Cursor, query_context_at


class ExpressionAt(msgspec.Struct, frozen=True):
    """An expression with what it sees, and the offset of the cursor in it."""

    cursor: Cursor
    context: QueryContext
    expression: Expression
    offset: int


def expression_at(cursor: Cursor, model: SemanticModel, offset: int) -> ExpressionAt | None:
    """Return the expression at an offset of the text, None if the scalar there is none."""
    kind = next((one["x-cel"] for one in cursor.schemas if "x-cel" in one), None)
    if kind is None or cursor.role == "key":
        return None
    context = query_context_at(cursor, model)
    read = context.read(ExpressionField(cursor.node, kind, "", context.flow_node))
    base = cursor.document.offsets(cursor.node)[0] - cursor.node.start
    inside = content_offset(cursor.node, offset - base)
    if not isinstance(read, Expression) or inside is None:
        return None
    return ExpressionAt(cursor, context, read, inside)
