"""Offers the engine as a library: the functions of `import duckflux` (docs/library.md)."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeAlias, TypeVar, get_args

import msgspec

from .language import analysis as language
from .language.syntax.ancestors import field_at
from .runtime.errors import StepError
from .runtime.events import Event
from .runtime.events.stream import Listener
from .runtime.hubs import Connect

if TYPE_CHECKING:
    from .runtime.engine.controller import Controller
    from .runtime.events.stream import Warn
    from .runtime.secrets import Secrets

TraceFormat: TypeAlias = Literal["json", "txt", "sqlite"]
_TRACE_FORMATS: tuple[TraceFormat, ...] = get_args(TraceFormat)
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
    """A workflow that can run. `diagnostics` are warnings and information, never errors."""

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
        """The file's text as it was loaded."""
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


class Result(msgspec.Struct, frozen=True):
    """The result of a run. `output` is a JSON value, None after a failure, when `error` is set.

    `id` is the execution's id, `trace` the trace file, if one was asked for.
    """

    id: str
    output: Any
    error: StepError | None
    trace: Path | None = None

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
    analysis = language.load(file)
    if analysis.errors:
        raise WorkflowError(_diagnostics(analysis, str(file)))
    return Workflow(analysis, file)


def check(text: str, path: str | os.PathLike[str] | None = None) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of a workflow's text, in their order.

    `path` is the file it belongs to: sub-workflows are looked for beside it, and diagnostics name it.
    """
    file = Path(path) if path is not None else None
    return _diagnostics(language.analyse(text, file), str(file or "<text>"))


def hub(name: str, **options: str) -> Connect:
    """Return a hub: `memory`, `nats` (url, stream), `redis` (addr, db), or a plugin's.

    Runs with the same memory hub receive each other's events. Raises HubError for an unknown name or option,
    and for a library that is not installed; a server is connected only when a run begins.
    """
    from .runtime.hubs.backends import backend

    return backend(name, options)


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
    warn: Warn = lambda message: None,
) -> Result:
    """Run a workflow, or that of a file, in the running event loop, and return how it ended.

    `inputs` are JSON values; texts are converted where numbers and booleans are declared. `hub` carries
    events (default: only inside the run), `cwd` is where commands run if the workflow does not say (default:
    the current folder), `environment` what they inherit (default: that of this process). `listeners` receive
    all events as they happen, inside the event loop: they must return at once. `controller` is asked before
    each step. A trace is written into `trace_dir`, with `trace_output` also what steps print. `max_parallel` is
    how many steps may run at once, those of sub-workflows included (default: no limit). `warn` is called with a
    message when a listener fails or the hub is lost; what it raises is ignored.

    A failed step is no exception: it is the result's `error`. Raises, before anything runs, what `load`
    raises, TypeError or ValueError for an argument of another kind, InputError for invalid inputs, and
    HubError if the hub cannot be reached. When cancelled, it first ends everything that the run started.
    """
    from .runtime.engine.inputs import resolve
    from .runtime.engine.loading import WorkflowLoader
    from .runtime.engine.run_workflow import run as run_engine
    from .runtime.secrets import Secrets

    _check_arguments(workflow, inputs, listeners, trace_format, max_parallel)
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
        )
    finally:
        if recorder is not None:
            await asyncio.shield(asyncio.to_thread(recorder.close))
    trace = Path(trace_dir) / f"{result.id}.{trace_format}" if trace_dir is not None else None
    return Result(result.id, result.output, result.error, trace)


def _blocking(start: Callable[_P, Coroutine[Any, Any, _T]]) -> Callable[_P, _T]:
    def run_sync(*arguments: _P.args, **options: _P.kwargs) -> _T:
        """Call `run` with the same arguments, where no event loop runs.

        Ctrl-C ends the run first, then raises KeyboardInterrupt.
        """
        return asyncio.run(start(*arguments, **options))

    return run_sync


run_sync = _blocking(run)


class _Callback:
    """A function as a listener."""

    congested = False
    wants_output = True

    def __init__(self, call: Callable[[Event], None]) -> None:
        self.name = getattr(call, "__name__", "listener")
        self.notify = call


def _listener(listening: ListenerLike) -> Listener:
    return _Callback(listening) if callable(listening) else listening


def _check_arguments(
    workflow: object, inputs: object, listeners: Sequence[object], trace_format: object, max_parallel: object
) -> None:
    """Raise TypeError or ValueError, with the argument's name, for one that `run` cannot work with."""
    if not isinstance(workflow, Workflow | str | os.PathLike):
        raise TypeError(f"workflow must be a path, or what load() returned, not {type(workflow).__name__}")
    if inputs is not None and not isinstance(inputs, Mapping):
        raise TypeError(f"inputs must be a mapping with a value for each name, not {type(inputs).__name__}")
    if trace_format not in _TRACE_FORMATS:
        raise ValueError(f"trace_format must be one of {', '.join(_TRACE_FORMATS)}, not {trace_format!r}")
    if max_parallel is not None and (isinstance(max_parallel, bool) or not isinstance(max_parallel, int)):
        raise TypeError(f"max_parallel must be a whole number or None, not {max_parallel!r}")
    if isinstance(max_parallel, int) and max_parallel < 1:
        raise ValueError(f"max_parallel must be at least 1, not {max_parallel}")
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
