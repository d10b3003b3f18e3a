"""Answers requests about breakpoints: on lines, on names of steps, on failures, on values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..breakpoints import EACH_TIME, WHEN_CHANGED, Breakpoint, Request
from ..evaluation import ExpressionError, compiled
from ..failure_filters import Filters
from ..values import parts
from . import messages
from .conventions import described

if TYPE_CHECKING:
    from .session import Body, Session

FILTERS = (
    ("unhandled", "Unhandled failures", "Stop where a failure is about to end the run", True),
    ("all", "All failures", "Stop at every failure, also where `retry` or `onError` deals with it", False),
    ("retried", "Failures that are retried", "Stop after an attempt that `retry` will repeat", False),
    ("timeout", "Timeouts", "Stop where a step takes longer than its `timeout`", False),
)
MODES = (
    (EACH_TIME, "Each time", "Stop each time"),
    (WHEN_CHANGED, "When its value changes", "Stop when the expression has another value than the last time"),
)


def set_breakpoints(session: Session, arguments: messages.SetBreakpoints) -> Body:
    """Replace the breakpoints of a file and return where they stand."""
    file = session.client.file_of(arguments.source.path)
    loaded = session.loaded_file(file)
    found = []
    for asked in arguments.breakpoints:
        column = None
        if asked.column is not None and loaded is not None:
            column = loaded.column_in(asked.line, asked.column)
        request = Request(
            session.client.line_in(asked.line),
            column,
            asked.condition or "",
            asked.hit_condition or "",
            asked.log_message or "",
            asked.mode or EACH_TIME,
        )
        found.append(Breakpoint(next(session.ids), request))
    session.target.set_breakpoints(file, found)
    return {"breakpoints": [described(session.client, file, loaded, breakpoint_) for breakpoint_ in found]}


def set_function_breakpoints(session: Session, arguments: messages.SetFunctionBreakpoints) -> Body:
    """Replace the breakpoints on names of steps."""
    by_name: dict[str, Breakpoint] = {}
    answers = []
    for asked in arguments.breakpoints:
        request = Request(0, None, asked.condition or "", asked.hit_condition or "")
        breakpoint_ = Breakpoint(next(session.ids), request)
        by_name[asked.name.strip()] = breakpoint_
        answer = {"id": breakpoint_.id, "verified": not breakpoint_.problem}
        answers.append(answer | ({"message": breakpoint_.problem} if breakpoint_.problem else {}))
    session.target.set_step_breakpoints(by_name)
    return {"breakpoints": answers}


def set_exception_breakpoints(session: Session, arguments: messages.SetExceptionBreakpoints) -> Body:
    """Say which failures stop a thread."""
    known = {id_ for id_, *_ in FILTERS}
    asked = [(id_, "") for id_ in arguments.filters]
    asked += [(options.filter_id, options.condition or "") for options in arguments.filter_options]
    answers: list[dict[str, Any]] = []
    chosen = {}
    for id_, condition in asked:
        problem = "" if id_ in known else f"there is no filter `{id_}`"
        if condition and not problem:
            try:
                compiled(condition)
            except ExpressionError as error:
                problem = str(error)
        answers.append({"verified": not problem, **({"message": problem} if problem else {})})
        if not problem:
            chosen[id_] = condition
    session.target.set_filters(Filters(**chosen))
    return {"breakpoints": answers}


def data_breakpoint_info(session: Session, arguments: messages.DataBreakpointInfo) -> Body:
    """Return the expression by which a value is watched, or that it can't be."""
    expression = arguments.name
    if arguments.variables_reference:
        _, container, key = session.part_at(arguments.variables_reference, arguments.name)
        (part,) = parts(container._replace(value={key: container.value[key]}), session.target.secrets)
        expression = part.expression
    if not expression:
        return {"dataId": None, "description": "this value has no expression by which it can be watched"}
    compiled(expression)
    return {"dataId": expression, "description": expression, "accessTypes": ["write"], "canPersist": True}


def set_data_breakpoints(session: Session, arguments: messages.SetDataBreakpoints) -> Body:
    """Replace the breakpoints on values."""
    expressions, answers = [], []
    for asked in arguments.breakpoints:
        try:
            compiled(asked.data_id)
        except ExpressionError as error:
            answers.append({"verified": False, "message": str(error)})
        else:
            expressions.append(asked.data_id)
            answers.append({"verified": True})
    session.target.set_watches(expressions)
    return {"breakpoints": answers}


def breakpoint_locations(session: Session, arguments: messages.BreakpointLocations) -> Body:
    """Return where breakpoints can stand on some lines."""
    loaded = session.loaded_file(session.client.file_of(arguments.source.path))
    if loaded is None:
        return {"breakpoints": []}
    last = arguments.end_line or arguments.line
    found = loaded.sites.on_lines(loaded.line_in(arguments.line), loaded.line_in(last))
    return {
        "breakpoints": [
            {"line": loaded.line_out(site.line), "column": loaded.column_out(site.line, site.column)}
            for site in found
        ]
    }
