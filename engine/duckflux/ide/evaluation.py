"""Evaluates an expression that somebody types or selects, with the values of a recorded run."""

from __future__ import annotations

import json
from typing import NamedTuple

from .. import cel
from ..language.analysis import Analysis
from ..language.semantics.semantic_model import SemanticModel
from .cursor import cursor_at, query_context_at
from .expression_at import ExpressionAt, expression_at
from .ranges import TextRange
from .recorded_values import Point, RecordedRun, evaluated, point_of, point_of_step, type_text


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
    text = analysis.document.text
    model = analysis.state.model if analysis.state is not None else None
    around = _expression_around(analysis, model, place.start)
    if expression is None:
        selected = text[place.start : place.end].strip()
        expression = selected or (around.expression.ast.text.strip() if around is not None else "")
    if not expression:
        return None
    state = run.state(_point(analysis, model, around, place.start)) or run.state(Point())
    if state is None:
        return None
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
        return point_of_step(cursor, flow_node.step)
    return point_of(cursor, None) or Point()
