"""Evaluates an expression that somebody types or selects, with the values of a recorded run."""

from __future__ import annotations

import json
from typing import NamedTuple

from .. import cel
from ..language.analysis import Analysis
from ..language.semantics.semantic_model import SemanticModel
from ..language.syntax.scalar_ranges import content_range
from .cursor import cursor_at, query_context_at
from .expression_at import ExpressionAt, expression_at
from .ranges import TextRange
from .recorded_values import (
    Point,
    RecordedRun,
    RecordedState,
    evaluated,
    part_at,
    point_of,
    point_of_step,
    type_text,
)


class Evaluation(NamedTuple):
    """An expression and its value as JSON, or the `error` for which it has none.

    `origin` says in Markdown in which run and iteration it was evaluated.
    """

    expression: str
    origin: str
    value: str | None = None
    type: str | None = None
    error: str | None = None


def evaluation(
    analysis: Analysis, place: TextRange, expression: str | None, run: RecordedRun
) -> Evaluation | None:
    """Return the value of an expression as the step at a place of the text saw its variables.

    Without `expression` it is the text of the place or, where that is empty, the expression around it: None if
    there is none. Outside of steps and participants the variables are those at the end of the run, as they are
    for a step that has not run.
    """
    if expression is None:
        expression = expression_text(analysis, place)
    if not expression:
        return None
    state = run.state(point_at(analysis, place.start)) or run.state(Point())
    return evaluation_in(expression, state) if state is not None else None


def evaluation_in(expression: str, state: RecordedState) -> Evaluation:
    """Return the value of an expression in a state of a run."""
    try:
        ast = cel.parse(expression)
    except RecursionError:
        return Evaluation(expression, state.origin, error="nested too deeply")
    if ast.errors:
        return Evaluation(expression, state.origin, error=ast.errors[0].message)
    found = evaluated(ast, ast.root, state.variables)
    if found.error is not None:
        return Evaluation(expression, state.origin, error=found.error)
    value = json.dumps(cel.to_json(found.value), indent=2, ensure_ascii=False)
    return Evaluation(expression, state.origin, value, type_text(found.value))


def expression_text(analysis: Analysis, place: TextRange) -> str:
    """Return the text of a place or, where that is empty, of the expression around it, "" if there is none."""
    selected = analysis.document.text[place.start : place.end].strip()
    around = _expression_around(analysis, _model(analysis), place.start)
    return selected or (around.expression.ast.text.strip() if around is not None else "")


class Evaluatable(NamedTuple):
    """A part of an expression in a text, with its range there."""

    expression: str
    start: int
    end: int


def evaluatable_at(analysis: Analysis, offset: int) -> Evaluatable | None:
    """Return the smallest part of an expression at an offset that has a value of its own, None outside of them.

    On a literal that is the part around it.
    """
    around = _expression_around(analysis, _model(analysis), offset)
    if around is None or around.expression.ast.errors:
        return None
    ast = around.expression.ast
    part = part_at(ast.root, around.offset)
    content = content_range(around.cursor.node, part.start, part.end)
    return Evaluatable(ast.text[part.start : part.end], *analysis.document.offsets(content))


def point_at(analysis: Analysis, offset: int) -> Point:
    """Return the point of the expression or the step at an offset, else the end of the run."""
    model = _model(analysis)
    return _point(analysis, model, _expression_around(analysis, model, offset), offset)


def _model(analysis: Analysis) -> SemanticModel | None:
    return analysis.state.model if analysis.state is not None else None


def _expression_around(analysis: Analysis, model: SemanticModel | None, offset: int) -> ExpressionAt | None:
    cursor = cursor_at(analysis.document, offset)
    return expression_at(cursor, model, offset) if cursor is not None and model is not None else None


def _point(
    analysis: Analysis, model: SemanticModel | None, around: ExpressionAt | None, offset: int
) -> Point:
    """Return the point of the expression at an offset, else of the step around it, else the end of the run."""
    if around is not None:
        return point_of(around.cursor, around.context.flow_node) or Point()
    cursor = cursor_at(analysis.document, offset)
    if cursor is None or model is None:
        return Point()
    flow_node = query_context_at(cursor, model).flow_node
    if flow_node is not None:
        return point_of_step(analysis.document, flow_node.step)
    return point_of(cursor, None) or Point()
