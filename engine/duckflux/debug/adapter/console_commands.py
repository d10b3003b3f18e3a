"""The commands of the debug console: how to go on after a failure, in every editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..client import DebugError
from ..edited_text import text_of_file
from ..evaluation import evaluate

if TYPE_CHECKING:
    from .session import Session

COMMANDS = {
    ":retry": "run the failed step again",
    ":edit": "run the failed step again as its file says now",
    ":use EXPRESSION": "use a value as the output of the failed step",
    ":skip": "go on as if the failed step had been skipped",
    ":fail": "let the failure happen",
    ":help": "list these commands",
}


def run_command(session: Session, text: str) -> str:
    """Do what a command says for the thread that stopped last, and return what to print. Raises DebugError."""
    name, _, rest = text.partition(" ")
    if name == ":help":
        width = max(map(len, COMMANDS))
        return "\n".join(f"{command:{width}}  {summary}" for command, summary in COMMANDS.items())
    thread = session.last_stopped
    match name:
        case ":retry":
            go_on(session, thread, "tryAgain")
        case ":edit":
            go_on(session, thread, "tryAgain", text=_text_of_failed(session, thread))
        case ":use" if rest.strip():
            go_on(session, thread, "useOutput", output=rest)
        case ":skip":
            go_on(session, thread, "skip")
        case ":fail":
            go_on(session, thread, "fail")
        case _:
            raise DebugError(f"there is no command `{text}`: `:help` lists them")
    return ""


def go_on(
    session: Session, thread: int, how: str, *, text: str | None = None, output: str | None = None
) -> None:
    """Go on after the failure that a thread is stopped at. Raises DebugError."""
    target = session.target
    if target.failure(thread) is None:
        raise DebugError("the thread is not stopped at a failure")
    match how:
        case "tryAgain":
            target.try_again(thread, text)
        case "useOutput":
            if output is None:
                raise DebugError("`output` must be an expression")
            target.use_output(thread, evaluate(output, target.stack(thread)[0].variables))
        case "skip":
            target.skip(thread)
        case _:
            target.move(thread, "continue", alone=True)
    session.forget(thread)
    body = {"threadId": thread, "allThreadsContinued": False}
    session.after_response(lambda: session.send_event("continued", body))


def _text_of_failed(session: Session, thread: int) -> str:
    file = session.target.stack(thread)[0].file
    text = text_of_file(file)
    if text is None:
        raise DebugError(f"{file} can't be read")
    return text
