"""`type: exec`: a shell command (LANGUAGE section 3)."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from typing import Any

from duckflux.cel.json_values import to_json
from duckflux.language.syntax import Scalar

from ..engine.chain import ABSENT, json_text, parse_output
from ..engine.control_thread import ControlThread
from ..engine.evaluate import text_or_expression
from ..engine.step_settings import StepSettings
from ..errors import StepError
from ..process.command import Finished, execute
from . import Outcome, ParticipantCall

_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Linux' MAX_ARG_STRLEN: name, `=`, value and the closing NUL. Elsewhere only the sum of all is limited.
_VARIABLE_LIMIT = 128 * 1024
_QUOTED_STDERR = 2_000


async def run(call: ParticipantCall) -> Outcome:
    """Run the command; its output is its stdout. Raises StepError when it can't start or fails."""
    run_ = call.thread.frame.run
    cwd = working_directory(call.thread, call.settings)
    sink = call.reporter.output if run_.stream.wants_output else None
    try:
        finished = await execute(
            call.settings.text("run") or "",
            cwd=cwd,
            environment={**run_.environment, **_variables(call)},
            stdin=_stdin(call),
            sink=sink,
            congested=lambda: run_.stream.congested,
        )
    except (OSError, ValueError) as error:
        raise _not_started(call, error, cwd) from None
    if finished.session is not None:
        run_.sessions.append(finished.session)
    if finished.exit_code != 0:
        raise _failed(call, finished)
    value, text = parse_output(finished.stdout)
    return Outcome(value, text, exit_code=0, cwd=cwd)


def working_directory(thread: ControlThread, settings: StepSettings) -> str:
    """participant > defaults > --cwd > process; relative ones from the workflow file's folder (section 4)."""
    frame = thread.frame
    node, field = settings.fields.get("cwd"), "cwd"
    if node is None and frame.workflow.defaults is not None:
        node, field = frame.workflow.defaults.get("cwd"), "defaults.cwd"
    if not isinstance(node, Scalar):
        return frame.run.cwd
    value = text_or_expression(thread, node, field)
    if not isinstance(value, str):
        location = frame.location(node)
        raise StepError("must give a path as a string", code="cwd", field=field, location=location)
    return os.path.normpath(os.path.join(frame.folder, value))


def _variables(call: ParticipantCall) -> dict[str, str]:
    """The variables of a map input. Explicit ones that can't be variables are errors; others stay out."""
    if not isinstance(call.input, Mapping):
        return {}
    found: dict[str, str] = {}
    for name, value in call.input.items():
        text = value if isinstance(value, str) else json_text(to_json(value)).decode()
        why = _unusable(name, text)
        if why is None:
            found[name] = text
        elif name in call.explicit:
            raise _error(
                call, f"'{name}' can't become an environment variable: {why}", "environment", "input"
            )
    return found


def _unusable(name: str, text: str) -> str | None:
    if not _VARIABLE_NAME.fullmatch(name):
        return "a name is letters, digits and `_`, and does not start with a digit"
    if "\0" in text:
        return "its value holds a NUL character"
    if len(name) + len(os.fsencode(text)) + 2 > _VARIABLE_LIMIT:
        return "its value is over 128 KiB, the system's limit; pass it as text on stdin, or through a file"
    return None


def _stdin(call: ParticipantCall) -> bytes | None:
    if call.text is not None:
        return call.text
    if call.input is ABSENT or isinstance(call.input, Mapping):
        return None
    if isinstance(call.input, str):
        return call.input.encode("utf-8", "replace")
    return json_text(to_json(call.input))


def _failed(call: ParticipantCall, finished: Finished) -> StepError:
    stderr = finished.stderr.decode("utf-8", "replace")
    code = finished.exit_code
    what = _how_it_ended(code)
    end = stderr.strip()[-_QUOTED_STDERR:]
    output = parse_output(finished.stdout)[0]
    error = _error(call, f"{what}: {end}" if end else what, "exec-failed", "run")
    # A shell passes on its command's death by signal as 128 + number.
    error.exit_code = 128 - code if code is not None and code < 0 else code
    error.stderr = stderr or None
    error.output = output if output != "" else None
    return error


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return (
            "the exit code of the command is not known: SIGCHLD is ignored in this program, or another part "
            "of it waits for all child processes"
        )
    return f"exit code {code}" if code >= 0 else f"ended by signal {-code}"


def _not_started(call: ParticipantCall, error: Exception, cwd: str) -> StepError:
    if isinstance(error, OSError) and error.errno == errno.E2BIG:
        name = _largest(call.input)
        largest = f", the largest variable of the input is '{name}'" if name else ""
        return _error(
            call,
            f"command and environment together are over the system's limit{largest}",
            "environment",
            "input",
        )
    if not os.path.isdir(cwd):
        return _error(call, f"the working directory {cwd} is no directory", "cwd", "cwd")
    if isinstance(error, OSError):
        return _error(call, f"could not be started: {error.strerror}", "exec-failed", "run")
    return _error(call, f"could not be started: {error}", "exec-failed", "run")


def _largest(input_: Any) -> str | None:
    if not isinstance(input_, Mapping) or not input_:
        return None
    sizes = {str(name): len(value) for name, value in input_.items() if isinstance(value, str)}
    return max(sizes, key=sizes.__getitem__, default=None)


def _error(call: ParticipantCall, message: str, code: str, field: str) -> StepError:
    node = call.field(field) or call.settings.node
    return StepError(message, code=code, field=field, location=call.thread.frame.location(node))
