"""Runs `type: exec`: a shell command (docs/language.md#input-of-each-type)."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Any, Self

from msgspec.structs import replace

from duckflux.cel.json_values import to_json
from duckflux.language.semantics.shell_syntax import VARIABLE_NAME
from duckflux.language.syntax import Scalar

from ..engine.chain import ABSENT
from ..engine.control_thread import ControlThread
from ..engine.evaluate import text_or_expression
from ..engine.step_settings import StepSettings
from ..errors import StepError, last_lines, quoting
from ..process.command import MAX_STDERR, CommandResult, execute
from ..process.protected_variables import is_protected
from ..secrets import Secrets
from ..values import encode_json, output_or_text
from .job import KEY_VARIABLE, Done, Host, Job, Problem, StepOutput, moved_path
from .participant_call import Outcome, ParticipantCall
from .performable import Performable

# MAX_ARG_STRLEN of Linux: name, `=`, value and the closing NUL. Other systems limit only the sum of all.
_MAX_VARIABLE = 128 * 1024
# Linux allows a quarter of the stack's limit for command and environment, but never more than this.
_MAX_ENVIRONMENT = 6 * 1024 * 1024
_MAX_QUOTED_STDERR = 2_000
_MAX_NAMED = 5


class CommandJob(Job, frozen=True):
    """Asks for a command; `variables` are added to the environment in which it is run."""

    command: str
    cwd: str
    variables: dict[str, str]
    stdin: bytes | None = None

    def moved(self, old: str, new: str) -> Self:
        """Return the job with its folder below another."""
        return replace(self, cwd=moved_path(self.cwd, old, new))


class CommandDone(Done, frozen=True):
    """Holds what a command that succeeded wrote to stdout."""

    stdout: bytes = b""


def prepare(call: ParticipantCall) -> CommandJob:
    """Return the command to be run. Raises StepError for an input that cannot be passed."""
    variables = _span_variables(call)
    if (key := call.key) is not None:
        variables[KEY_VARIABLE] = key
    return CommandJob(
        call.settings.text("run") or "",
        working_directory(call.thread, call.settings),
        variables | _variables(call),
        _stdin(call),
    )


async def perform(job: CommandJob, host: Host, output: StepOutput) -> CommandDone:
    """Run the command and return its stdout, or why it could not start or failed."""
    try:
        result = await execute(
            job.command,
            cwd=job.cwd,
            environment={**host.environment, **job.variables},
            mark=host.supervisor.next_mark(),
            stdin=job.stdin,
            sink=output.write,
            congested=output.is_congested,
        )
    except (OSError, ValueError) as error:
        return CommandDone(_start_problem(job, error))
    if result.session is not None:
        host.supervisor.sessions.append(result.session)
    if result.exit_code != 0:
        return CommandDone(_failure(result, host.secrets))
    return CommandDone(stdout=bytes(result.stdout))


def finish(call: ParticipantCall, job: CommandJob, done: CommandDone) -> Outcome:
    """Return the output of a command. Raises StepError if it cannot be read."""
    value, text = call.parse_output(done.stdout, field="run")
    return Outcome(value, text, exit_code=0, cwd=job.cwd)


COMMAND = Performable(CommandJob, CommandDone, prepare, perform, finish)


def restore(thread: ControlThread, settings: StepSettings, output: Any) -> Outcome:
    """Return the outcome of a command that ran earlier, with its working directory if that can be told now."""
    try:
        return Outcome(output, cwd=working_directory(thread, settings))
    except StepError:
        return Outcome(output)


def working_directory(thread: ControlThread, settings: StepSettings) -> str:
    """Return the absolute directory of a command: participant > defaults > `--cwd` > current directory.

    Relative ones are relative to the workflow file's folder (docs/language.md#working-directory). Raises
    StepError if the field gives no text.
    """
    frame = thread.frame
    node, field = settings.fields.get("cwd"), "cwd"
    if node is None and frame.workflow.defaults is not None:
        node, field = frame.workflow.defaults.get("cwd"), "defaults.cwd"
    if not isinstance(node, Scalar):
        return frame.run.cwd
    value = text_or_expression(thread, node, field)
    if not isinstance(value, str):
        raise frame.error("must give a path as a string", code="cwd", field=field, node=node)
    return os.path.normpath(os.path.join(frame.folder, value))


def _span_variables(call: ParticipantCall) -> dict[str, str]:
    context = call.thread.frame.run.trace_context
    return context.variables(call.reporter.seq) if context is not None else {}


def _variables(call: ParticipantCall) -> dict[str, str]:
    """Return the environment variables that a map input gives.

    Raises StepError for an entry of the step's own `input` that cannot be a variable. Entries of the chain
    that cannot, that are protected, or that no longer fit are left out.
    """
    if not isinstance(call.input, Mapping):
        return {}
    own: dict[str, str] = {}
    chained: dict[str, str] = {}
    for name, value in call.input.items():
        text = value if isinstance(value, str) else encode_json(to_json(value)).decode()
        reason = _invalid_variable_reason(name, text)
        if reason is None:
            (own if name in call.explicit else chained)[name] = text
        elif name in call.explicit:
            message = f"'{name}' can't be an environment variable: {reason}"
            raise call.error(message, code="environment", field="input")
    return {**_chained_variables(call, chained, own), **own} if chained else own


def _chained_variables(call: ParticipantCall, chained: dict[str, str], own: dict[str, str]) -> dict[str, str]:
    """Return the variables of a map that flows in, without those that are protected or do not fit."""
    protected = [name for name in chained if is_protected(name)]
    if protected:
        call.thread.frame.run.warn_once(_protected_warning(call.settings.label, protected))
    environment = call.thread.frame.run.environment
    room = _room_for_variables() - len(os.fsencode(call.settings.text("run") or ""))
    room -= sum(_size(name, value) for name, value in {**environment, **own}.items())
    found: dict[str, str] = {}
    for name, value in chained.items():
        size = _size(name, value)
        if size <= room and name not in protected:
            found[name] = value
            room -= size
    return found


def _protected_warning(label: str, names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_MAX_NAMED])
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return (
        f"step '{label}': the value from the step before does not set {shown}{more}, which would change how "
        "programs are found, loaded or configured; name it in the step's `input` if it should"
    )


def _room_for_variables() -> int:
    """Return how many bytes command and environment may have, with room left for those of its children."""
    try:
        limit = os.sysconf("SC_ARG_MAX")
    except (OSError, ValueError):
        limit = -1
    return min(limit if limit > 0 else _MAX_VARIABLE, _MAX_ENVIRONMENT) * 3 // 4


def _size(name: str, value: str) -> int:
    # `=`, the closing NUL, and the pointer to it, which Linux counts too.
    return len(os.fsencode(name)) + len(os.fsencode(value)) + 2 + 8


def _invalid_variable_reason(name: str, text: str) -> str | None:
    if not VARIABLE_NAME.fullmatch(name):
        return "a name consists of letters, digits and `_`, and does not start with a digit"
    if "\0" in text:
        return "its value contains a NUL character"
    try:
        size = len(os.fsencode(text))
    except UnicodeEncodeError:
        return "its value contains a part of a character (a lone surrogate)"
    if len(name) + size + 2 > _MAX_VARIABLE:
        return "its value is over 128 KiB, the system's limit; pass it as text on stdin, or in a file"
    return None


def _stdin(call: ParticipantCall) -> bytes | None:
    if call.text is not None:
        return call.text
    if call.input is ABSENT or isinstance(call.input, Mapping):
        return None
    if isinstance(call.input, str):
        return call.input.encode("utf-8", "replace")
    return encode_json(to_json(call.input))


def _failure(result: CommandResult, secrets: Secrets) -> Problem:
    # Masked before it is cut: of a cut secret, the rest would stay readable.
    mask = secrets.mask_end if len(result.stderr) > MAX_STDERR else secrets.mask
    stderr = mask(result.stderr.decode("utf-8", "replace"))[-MAX_STDERR:]
    code = result.exit_code
    message = _describe_exit(code)
    end = last_lines(stderr.strip(), _MAX_QUOTED_STDERR)
    output = output_or_text(result.stdout)
    return Problem(
        quoting(message, end),
        code="exec-failed",
        field="run",
        # As in a shell: 128 + the number of the signal.
        exit_code=128 - code if code is not None and code < 0 else code,
        stderr=stderr or None,
        output=output if output != "" else None,
    )


def _describe_exit(code: int | None) -> str:
    if code is None:
        return (
            "the exit code of the command is not known: SIGCHLD is ignored in this program, or another part "
            "of it waits for all child processes"
        )
    return f"exit code {code}" if code >= 0 else f"ended by signal {-code}"


def _start_problem(job: CommandJob, error: Exception) -> Problem:
    if isinstance(error, OSError) and error.errno == errno.E2BIG:
        name = max(job.variables, key=lambda name: len(job.variables[name]), default=None)
        largest = f", the largest variable of the input is '{name}'" if name else ""
        message = f"the command and its environment exceed the system's limit{largest}"
        return Problem(message, code="environment", field="input")
    if not os.path.isdir(job.cwd):
        problem = "is not a directory" if os.path.exists(job.cwd) else "does not exist"
        return Problem(f"the working directory {job.cwd} {problem}", code="cwd", field="cwd")
    reason = error.strerror if isinstance(error, OSError) else error
    return Problem(f"could not be started: {reason}", code="exec-failed", field="run")
