"""Offers the engine as a library: the functions of `import duckflux` (docs/library.md)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar, get_args

import msgspec

from .json_text import parse_json
from .language import analysis as language
from .language.syntax.ancestors import field_at
from .runtime.clock import iso, milliseconds
from .runtime.errors import StepError
from .runtime.events import Event
from .runtime.events.stream import Listener
from .runtime.hubs import Connect, Hub, HubError

if TYPE_CHECKING:
    from .runtime.engine.controller import Controller
    from .runtime.events.stream import Warn
    from .runtime.secrets import Secrets

TraceFormat: TypeAlias = Literal["json", "txt", "sqlite"]
_TRACE_FORMATS: tuple[TraceFormat, ...] = get_args(TraceFormat)
# Stands for the file of a workflow that is a text alone, in messages and traces.
_TEXT = "<text>"
ListenerLike: TypeAlias = Listener | Callable[[Event], None]
_P = ParamSpec("_P")
_T = TypeVar("_T")


class Diagnostic(msgspec.Struct, frozen=True):
    """A diagnostic of a workflow, at [start, end); as a string it is the line that `duckflux lint` prints.

    `line`, `column`, `end_line` and `end_column` count from 1, columns in code points; `code` is stable, see
    `duckflux explain CODE`; `field` names the field at fault, as in `loop.until`; `suggestion` is the word
    that was most likely meant.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    severity: Literal["error", "warning", "information"]
    code: str
    message: str
    field: str | None = None
    suggestion: str | None = None

    def __str__(self) -> str:
        what = f"{self.field}: {self.message}" if self.field else self.message
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {what} [{self.code}]"


class WorkflowError(Exception):
    """A workflow has static errors; `diagnostics` are all its diagnostics."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        errors = [str(diagnostic) for diagnostic in diagnostics if diagnostic.severity == "error"]
        super().__init__("\n".join(errors))
        self.diagnostics = diagnostics


class Workflow:
    """A workflow that can run. `diagnostics` are warnings and information, never errors.

    `path` is its file, `<text>` for a workflow of a text alone.
    """

    def __init__(self, analysis: language.Analysis, path: Path) -> None:
        self.path = path
        self.diagnostics = _diagnostics(analysis, str(path))
        self._model = analysis.workflow

    @property
    def id(self) -> str | None:
        """The workflow's `id`."""
        return self._model.id

    @property
    def name(self) -> str | None:
        """The workflow's `name`."""
        return self._model.name

    @property
    def version(self) -> str:
        """The workflow's `version`, as text."""
        return self._model.version

    @property
    def text(self) -> str:
        """The text as it was read."""
        return self._model.document.text

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema (an object) of the inputs. Undeclared inputs are passed on."""
        declared = self._model.inputs.values()
        return {
            "type": "object",
            "properties": {input_.name: input_.schema for input_ in declared},
            "required": [
                input_.name for input_ in declared if input_.required and "default" not in input_.schema
            ],
        }

    def __repr__(self) -> str:
        return f"<Workflow {self.path}>"


class StepResult(msgspec.Struct, frozen=True):
    """The result of a step's last execution.

    `output` is a JSON value; `duration` is in milliseconds, times are ISO 8601 in UTC: None for a step that never
    ran, because it was skipped. `error` is the message of a failure, without secrets; `retries` counts the
    attempts after the first; `cwd` is where an `exec` step ran.
    """

    status: Literal["success", "failure", "skipped"]
    output: Any = None
    error: str | None = None
    duration: int | None = None
    started_at: str | None = None
    finished_at: str | None = None
    retries: int = 0
    cwd: str | None = None

    def __repr__(self) -> str:
        # Outputs may hold secrets, and what is shown of a result goes into logs.
        return f"StepResult(status={self.status!r}, error={self.error!r}, duration={self.duration!r})"


class Result(msgspec.Struct, frozen=True):
    """The result of a run. `output` is a JSON value, None after a failure, when `error` is set.

    `id` is the execution's id, `trace` the trace file, if one was asked for; `duration` is in milliseconds.
    `steps` has the workflow's named steps that ran or were skipped, in the order of the text.
    """

    id: str
    output: Any
    error: StepError | None
    trace: Path | None = None
    steps: Mapping[str, StepResult] = {}
    duration: int = 0

    @property
    def success(self) -> bool:
        """Return whether the run succeeded."""
        return self.error is None


def load(path: str | os.PathLike[str]) -> Workflow:
    """Return the workflow of a file.

    Raises OSError if it cannot be read, UnicodeDecodeError if it is not UTF-8, WorkflowError if it has
    errors.
    """
    file = Path(path)
    return _runnable(language.load(file), file)


def parse(text: str, path: str | os.PathLike[str] | None = None) -> Workflow:
    """Return the workflow of a text. Raises WorkflowError if it has errors.

    `path` is the file it belongs to, which need not exist: relative paths in the workflow start beside it
    (default: in the current folder).
    """
    file = Path(_TEXT if path is None else path)
    return _runnable(language.analyse(text, file), file)


def _runnable(analysis: language.Analysis, path: Path) -> Workflow:
    if analysis.errors:
        raise WorkflowError(_diagnostics(analysis, str(path)))
    return Workflow(analysis, path)


def check(text: str, path: str | os.PathLike[str] | None = None) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a workflow's text, in their order.

    `path` is the file it belongs to: sub-workflows are looked for beside it, and diagnostics name it.
    """
    file = Path(path) if path is not None else None
    return _diagnostics(language.analyse(text, file), str(file or _TEXT))


def validate_inputs(workflow: Workflow, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the inputs as a run would see them: with defaults, and texts converted as `run` does.

    Raises InputError, with all reasons in `problems`, if they are invalid.
    """
    from .runtime.engine.inputs import resolve
    from .runtime.secrets import Secrets

    _check_inputs(inputs)
    return resolve(workflow._model.inputs, dict(inputs or {}), Secrets(os.environ))


def hub(name: str, **options: str) -> Connect:
    """Return a hub: `memory`, `nats` (url, stream), `redis` (addr, db), or a plugin's.

    Runs with the same memory hub receive each other's events. Raises HubError for an unknown name or option,
    and for a library that is not installed; a server is connected only when a run begins.
    """
    from .runtime.hubs.backends import backend

    return backend(name, options)


class Channel:
    """A program's own connection to a hub, from `connect`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def publish(self, event: str, payload: Any) -> None:
        """Send an event with a JSON value, and return when the hub has it. Waits while it cannot be reached.

        Raises HubError if the hub refuses it, TypeError if `payload` is not a JSON value.
        """
        # A copy: what the program does to its value later must not change what a run has received.
        await self._hub.publish(event, parse_json(msgspec.json.encode(payload)))

    async def listen(self, event: str) -> AsyncIterator[Any]:
        """Yield the payload of each event of this name since the connection was made, without an end.

        Raises HubError at a payload that is not a JSON value.
        """
        from .runtime.hubs import UnreadablePayload

        await self._hub.subscribe(event)
        log, seen = self._hub.log, 0
        while True:
            await log.wait_for_more(event, seen)
            for arrival in log.since(event, seen):
                seen += 1
                if isinstance(arrival.payload, UnreadablePayload):
                    raise HubError(f"the payload of event '{event}' can't be read: {arrival.payload.reason}")
                yield arrival.payload


@contextlib.asynccontextmanager
async def connect(hub: Connect, *, warn: Warn = lambda message: None) -> AsyncIterator[Channel]:
    """Connect this program to a hub, to publish events to its runs and to listen to theirs.

    Raises HubError if it cannot be reached. `warn` is called with a message when it is lost later.
    """
    connection = await hub(warn)
    try:
        yield Channel(connection)
    finally:
        await connection.close()


async def run(
    workflow: Workflow | str | os.PathLike[str],
    inputs: Mapping[str, Any] | None = None,
    *,
    hub: Connect | None = None,
    cwd: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    listeners: Sequence[ListenerLike] = (),
    controller: Controller | None = None,
    trace_dir: str | os.PathLike[str] | None = None,
    trace_format: TraceFormat = "json",
    trace_output: bool = False,
    max_parallel: int | None = None,
    execution_number: int = 1,
    warn: Warn = lambda message: None,
) -> Result:
    """Run a workflow, or that of a file, in the running event loop, and return how it ended.

    `inputs` are JSON values; texts are converted where numbers and booleans are declared. `hub` carries
    events (default: only inside the run), `cwd` is where commands run if the workflow does not say (default:
    the current folder), `environment` what they inherit (default: that of this process). `listeners` receive
    all events as they happen, inside the event loop: they must return at once. `controller` is asked before
    each step. A trace is written into `trace_dir`, with `trace_output` also what steps print. `max_parallel` is
    how many steps may run at once, those of sub-workflows included (default: no limit). `execution_number` is
    what expressions read as `execution.number`, such as the number of a build. `warn` is called with a message
    when a listener fails or the hub is lost; what it raises is ignored.

    A failed step is no exception: it is the result's `error`. Raises, before anything runs, what `load`
    raises, TypeError or ValueError for an argument of another kind, InputError for invalid inputs, and
    HubError if the hub cannot be reached. When cancelled, it first ends everything that the run started.
    """
    from .runtime.engine.inputs import resolve
    from .runtime.engine.loading import WorkflowLoader
    from .runtime.engine.run_workflow import run as run_engine
    from .runtime.secrets import Secrets

    _check_arguments(workflow, listeners, trace_format)
    _check_inputs(inputs)
    _check_count("execution_number", execution_number)
    if max_parallel is not None:
        _check_count("max_parallel", max_parallel)
    loaded = workflow if isinstance(workflow, Workflow) else load(workflow)
    environment = dict(os.environ if environment is None else environment)
    secrets = Secrets(environment)
    tell = _safe(warn, secrets)
    resolved = resolve(loaded._model.inputs, dict(inputs or {}), secrets)
    all_listeners = [_listener(listener) for listener in listeners]
    recorder = None
    if trace_dir is not None:
        from .trace.recorder import record_trace

        recorder = record_trace(Path(trace_dir), trace_format, secrets, tell, output=trace_output)
        all_listeners.append(recorder)
    try:
        result = await run_engine(
            loaded._model,
            str(loaded.path),
            resolved,
            load=WorkflowLoader(),
            listeners=all_listeners,
            warn=tell,
            controller=controller,
            hub=hub,
            secrets=secrets,
            environment=environment,
            cwd=os.fspath(cwd) if cwd is not None else None,
            max_parallel=max_parallel,
            number=execution_number,
        )
    finally:
        if recorder is not None:
            await asyncio.shield(asyncio.to_thread(recorder.close))
    trace = Path(trace_dir) / f"{result.id}.{trace_format}" if trace_dir is not None else None
    steps = {name: _step_result(found, secrets) for name, found in result.steps.items()}
    return Result(result.id, result.output, result.error, trace, steps, milliseconds(result.duration))


def _blocking(start: Callable[_P, Coroutine[Any, Any, _T]]) -> Callable[_P, _T]:
    def run_sync(*arguments: _P.args, **options: _P.kwargs) -> _T:
        """Call `run` with the same arguments, where no event loop runs.

        Ctrl-C ends the run first, then raises KeyboardInterrupt.
        """
        return asyncio.run(start(*arguments, **options))

    return run_sync


run_sync = _blocking(run)


def _step_result(variable: Mapping[str, Any], secrets: Secrets) -> StepResult:
    """Return the result of a step from its variable."""
    ran = "duration" in variable
    error = variable.get("error")
    return StepResult(
        status=variable["status"],
        output=variable.get("output"),
        error=None if error is None else secrets.mask(error),
        duration=milliseconds(variable["duration"].nanos) if ran else None,
        started_at=iso(variable["startedAt"].nanos) if ran else None,
        finished_at=iso(variable["finishedAt"].nanos) if ran else None,
        retries=variable.get("retries", 0),
        cwd=variable.get("cwd"),
    )


class _Callback:
    """A function as a listener."""

    congested = False
    wants_output = True

    def __init__(self, call: Callable[[Event], None]) -> None:
        self.name = getattr(call, "__name__", "listener")
        self.notify = call


def _listener(listening: ListenerLike) -> Listener:
    return _Callback(listening) if callable(listening) else listening


def _check_inputs(inputs: object) -> None:
    if inputs is not None and not isinstance(inputs, Mapping):
        raise TypeError(f"inputs must be a mapping with a value for each name, not {type(inputs).__name__}")


def _check_count(name: str, count: object) -> None:
    if isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(f"{name} must be a whole number, not {count!r}")
    if count < 1:
        raise ValueError(f"{name} must be at least 1, not {count}")


def _check_arguments(workflow: object, listeners: Sequence[object], trace_format: object) -> None:
    """Raise TypeError or ValueError, with the argument's name, for one that `run` cannot work with."""
    if not isinstance(workflow, Workflow | str | os.PathLike):
        raise TypeError(
            f"workflow must be a path, or what load() or parse() returned, not {type(workflow).__name__}"
        )
    if trace_format not in _TRACE_FORMATS:
        raise ValueError(f"trace_format must be one of {', '.join(_TRACE_FORMATS)}, not {trace_format!r}")
    if not isinstance(listeners, Sequence) or isinstance(listeners, str):
        raise TypeError(f"listeners must be a list, not {type(listeners).__name__}")
    for listening in listeners:
        notify = listening if callable(listening) else getattr(listening, "notify", None)
        if not callable(notify):
            raise TypeError(f"listeners must hold functions or objects with `notify`, not {listening!r}")
        if iscoroutinefunction(notify) or iscoroutinefunction(getattr(notify, "__call__", None)):  # noqa: B004
            raise TypeError(
                f"the listener {listening!r} is async: give a plain function, which may start a task or put "
                "the event into a queue"
            )


def _safe(warn: Warn, secrets: Secrets) -> Warn:
    """Return a function that warns without secrets, and whose failure never reaches the run."""

    def tell(message: str) -> None:
        with contextlib.suppress(Exception):
            warn(secrets.mask(message))

    return tell


def _diagnostics(analysis: language.Analysis, file: str) -> tuple[Diagnostic, ...]:
    return tuple(_diagnostic(analysis, found, file) for found in analysis.diagnostics)


def _diagnostic(analysis: language.Analysis, found: language.Diagnostic, file: str) -> Diagnostic:
    line, column = analysis.document.lines.position(found.start)
    end_line, end_column = analysis.document.lines.position(found.end)
    return Diagnostic(
        file=file,
        line=line + 1,
        column=column + 1,
        end_line=end_line + 1,
        end_column=end_column + 1,
        severity=found.severity.value,
        code=found.code,
        message=found.message,
        field=field_at(analysis.document, found.start) or None,
        suggestion=found.suggestion,
    )
