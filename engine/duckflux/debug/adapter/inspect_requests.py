"""Answers requests about a stopped thread: frames, values, expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...cel.json_values import to_json
from ..client import DebugError, StackFrame
from ..evaluation import completions as complete
from ..evaluation import evaluate as evaluate_expression
from ..values import Container, Shown, cel_type, parts, shown, whole_text
from . import messages
from .columns import code_points_of, units_of
from .console_commands import COMMANDS, run_command
from .conventions import LoadedFile

if TYPE_CHECKING:
    from .session import Body, Session

_MAX_FRAMES = 1000
_KINDS = {"variable": "variable", "field": "property", "function": "function", "method": "method"}


def threads(session: Session, arguments: messages.Nothing) -> Body:
    """Return all threads."""
    found = session.target.threads()
    return {"threads": [{"id": thread.id, "name": thread.name} for thread in found]}


def stack_trace(session: Session, arguments: messages.StackTrace) -> Body:
    """Return frames of a thread, innermost first."""
    stack = session.target.stack(arguments.thread_id)
    start = arguments.start_frame
    stop = start + (arguments.levels or _MAX_FRAMES)
    frames = []
    files: dict[str, LoadedFile | None] = {}
    for index, found in enumerate(stack[start:stop], start):
        id_ = next(session.ids)
        session.frames[id_] = (arguments.thread_id, index)
        if found.file not in files:
            files[found.file] = session.loaded_file(found.file)
        frames.append(_frame(session, id_, found, files[found.file]))
    return {"stackFrames": frames, "totalFrames": len(stack)}


def _frame(session: Session, id_: int, found: StackFrame, loaded: LoadedFile | None) -> dict[str, Any]:
    frame, site = found.frame, found.frame.site
    name = session.target.secrets.mask(frame.name)
    answer: dict[str, Any] = {
        "id": id_,
        "name": name,
        "source": session.client.source(found.file),
        "line": session.client.line_out(0),
        "column": session.client.column_out(0),
        "canRestart": not session.target.goes_back and not frame.first.startswith("/participants/"),
    }
    if loaded is None or site is None:
        return answer
    return answer | {
        "line": loaded.line_out(site.line),
        "column": loaded.column_out(site.line, site.column),
        "endLine": loaded.line_out(site.end_line),
        "endColumn": loaded.column_out(site.end_line, site.end_column),
    }


def scopes(session: Session, arguments: messages.OfFrame) -> Body:
    """Return the groups of values of a frame."""
    thread, index, _ = session.frame_at(arguments.frame_id)
    answers = []
    for scope in session.target.scopes(thread, index):
        answer = {
            "name": scope.name,
            "variablesReference": _refer(session, thread, scope.inner),
            "namedVariables": len(scope.inner.value),
            "expensive": scope.expensive,
        }
        answers.append(answer | ({"presentationHint": scope.hint} if scope.hint else {}))
    return {"scopes": answers}


def variables(session: Session, arguments: messages.Variables) -> Body:
    """Return the parts of a value."""
    thread, container = session.container_at(arguments.variables_reference)
    found = parts(container, session.target.secrets, arguments.start, arguments.count)
    return {"variables": [_variable(session, thread, part) for part in found]}


def set_variable(session: Session, arguments: messages.SetVariable) -> Body:
    """Set a part of a value to that of an expression, and return it."""
    thread, container, key = session.part_at(arguments.variables_reference, arguments.name)
    if container.set_child is None:
        raise DebugError("this can't be set: set the chain, a key of the context, or the output of a step")
    index = next((index for owner, index in session.frames.values() if owner == thread), 0)
    frame = session.frame_of(thread, index)
    value = evaluate_expression(arguments.value, frame.variables)
    container.set_child(key, value)
    answer = _variable(session, thread, shown(str(key), value, session.target.secrets))
    # A client that does not know the event may end at it.
    if session.client.arguments.supports_invalidated_event:
        session.after_response(lambda: session.send_event("invalidated", {"areas": ["variables"]}))
    return {name: answer[name] for name in ("value", "type", "variablesReference")}


def evaluate(session: Session, arguments: messages.Evaluate) -> Body:
    """Return the value of an expression, or do what a console command says."""
    text = arguments.expression.strip()
    if arguments.context == "repl" and text.startswith(":"):
        return {"result": run_command(session, text), "variablesReference": 0}
    thread, _, frame = session.frame_at(arguments.frame_id)
    secrets = session.target.secrets
    value = evaluate_expression(text, frame.variables)
    if arguments.context == "clipboard":
        return {"result": whole_text(value, secrets), "type": cel_type(value), "variablesReference": 0}
    answer = _variable(session, thread, shown(text, value, secrets, text))
    answer["result"] = answer.pop("value")
    return {key: value for key, value in answer.items() if key not in ("name", "evaluateName")}


def completions(session: Session, arguments: messages.Completions) -> Body:
    """Return what may stand at a column of a text in the console."""
    lines = arguments.text.split("\n")
    number = session.client.line_in(arguments.line) if arguments.line is not None else 0
    line = lines[number] if number < len(lines) else ""
    units = session.client.column_in(arguments.column)
    column = code_points_of(line, units)
    if line.startswith(":"):
        found = [name for name in COMMANDS if name.startswith(line[:column])]
        return {
            "targets": [{"label": name, "start": 0, "length": units, "type": "keyword"} for name in found]
        }
    offset = sum(len(text) + 1 for text in lines[:number]) + column
    _, _, frame = session.frame_at(arguments.frame_id)
    targets = []
    for item in complete(arguments.text, offset, frame.variables):
        start = item.start - (offset - column)
        prefix = line[:start] if start >= 0 else ""
        targets.append(
            {
                "label": session.target.secrets.mask(item.label),
                "text": item.insert,
                "detail": item.detail,
                "type": _KINDS.get(item.kind, "keyword"),
                "start": units_of(prefix),
                "length": item.end - item.start,
            }
        )
    return {"targets": targets}


def exception_info(session: Session, arguments: messages.OfThread) -> Body:
    """Return what is known of the failure that a thread is stopped at."""
    failure = session.target.failure(arguments.thread_id)
    if failure is None:
        raise DebugError("the thread is not stopped at a failure")
    secrets = session.target.secrets
    known = {key: secrets.mask_value(to_json(value)) for key, value in failure.items() if value is not None}
    mode = "always" if failure.get("willRetry") or failure.get("isHandled") else "userUnhandled"
    details = {"message": known.get("message", ""), "typeName": known.get("code", "failure")}
    if known.get("stderr"):
        details["stackTrace"] = known["stderr"]
    return {
        "exceptionId": known.get("code", "failure"),
        "description": known.get("message", ""),
        "breakMode": mode,
        "details": details,
    }


def _refer(session: Session, thread: int, container: Container | None) -> int:
    """Return the number by which a client asks for the parts of a value, 0 for one without parts."""
    if container is None:
        return 0
    id_ = next(session.ids)
    session.containers[id_] = (thread, container)
    return id_


def _variable(session: Session, thread: int, part: Shown) -> dict[str, Any]:
    named, indexed = part.counts
    answer: dict[str, Any] = {
        "name": part.name,
        "value": part.text,
        "type": part.type,
        "variablesReference": _refer(session, thread, part.inner),
    }
    if part.expression:
        answer["evaluateName"] = part.expression
    if named:
        answer["namedVariables"] = named
    if indexed:
        answer["indexedVariables"] = indexed
    if not part.is_settable:
        answer["presentationHint"] = {"attributes": ["readOnly"]}
    return answer
