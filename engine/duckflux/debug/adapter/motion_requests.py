"""Answers requests that let threads go on, stop or go elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..client import DebugError, Motion
from ..sites import Position
from . import messages
from .console_commands import go_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from .session import Body, Session


def motion(kind: Motion) -> Callable[[Session, messages.OfThread], Body]:
    """Return what answers a request to go on."""

    def answer(session: Session, arguments: messages.OfThread) -> Body:
        everybody = session.target.move(arguments.thread_id, kind, alone=arguments.single_thread)
        session.forget(None if everybody else arguments.thread_id)
        return {"allThreadsContinued": everybody} if kind == "continue" else None

    return answer


def backwards(*, to_stop: bool) -> Callable[[Session, messages.OfThread], Body]:
    """Return what answers a request to go back."""

    def answer(session: Session, arguments: messages.OfThread) -> Body:
        session.target.back(arguments.thread_id, to_stop=to_stop)
        session.forget(arguments.thread_id)
        return None

    return answer


def pause(session: Session, arguments: messages.Pause) -> Body:
    """Stop a thread before its next step."""
    names = session.target.pause(arguments.thread_id or None)
    if names:
        session.printed(f"{', '.join(names)}: stops before the next step; what runs now goes on until then")
    return None


def restart_frame(session: Session, arguments: messages.OfFrame) -> Body:
    """Run a frame again from its beginning."""
    thread, index, _ = session.frame_at(arguments.frame_id)
    session.target.restart(thread, index)
    session.forget(thread)
    return None


def goto_targets(session: Session, arguments: messages.GotoTargets) -> Body:
    """Return the step at a line, as somewhere to go on."""
    file = session.client.file_of(arguments.source.path)
    loaded = session.loaded_file(file)
    if loaded is None:
        return {"targets": []}
    sites = loaded.sites
    site = sites.place(loaded.line_in(arguments.line))
    if site is None or site.position.path not in sites.steps:
        return {"targets": []}
    id_ = next(session.ids)
    session.goto_targets[id_] = (file, site.position.path)
    step = sites.at(Position(site.position.path)) or site
    line = loaded.line_out(step.line)
    return {"targets": [{"id": id_, "label": f"step in line {line}", "line": line}]}


def goto(session: Session, arguments: messages.Goto) -> Body:
    """Go on at a step."""
    if arguments.target_id not in session.goto_targets:
        raise DebugError("there is no such target")
    file, path = session.goto_targets[arguments.target_id]
    if session.target.stack(arguments.thread_id)[0].file != file:
        raise DebugError("the thread can go only to steps of the file that it is in")
    session.target.go_to(arguments.thread_id, path)
    session.forget(arguments.thread_id)
    return None


def recover(session: Session, arguments: messages.Recover) -> Body:
    """Go on after a failure."""
    go_on(session, arguments.thread_id, arguments.how, text=arguments.text, output=arguments.output)
    return None
