"""Runs a workflow from its start to its end.

The engine knows nothing of terminals, traces or editors: they listen to its event stream.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from typing import Any

import msgspec

from duckflux.cel.json_values import to_json
from duckflux.language.model.workflow import Output, Workflow, object_schema
from duckflux.language.syntax import Mapping

from ..clock import iso, milliseconds
from ..errors import StepError
from ..events import UNSET, ExecutionFinished, ExecutionStarted
from ..events.stream import EventStream, Gate, Listener, Warn
from ..hubs import Connect
from ..hubs.memory import Bus
from ..participants.job import Performer
from ..secrets import Secrets
from ..values import unicode_text
from .control_thread import ControlThread
from .controller import Controller, Stop
from .debugging import DebugPort
from .evaluate import evaluate, evaluate_map
from .flow import run_steps
from .frame import WorkflowFrame
from .run import Begun, LoadWorkflow, Run

# Where a thread is while the output is evaluated.
OUTPUT_POINTER = "/output"


class Result(msgspec.Struct, frozen=True):
    """The result of a run: `output` is a JSON value, None after a failure, when `error` is set.

    `steps` are the named steps of the workflow that have run, as expressions see them, in the order of the text;
    `duration` is in nanoseconds. Where the run was performed by another program, these are not known.
    """

    id: str
    output: Any
    error: StepError | None
    steps: MappingOf[str, MappingOf[str, Any]] = {}
    duration: int = 0

    @property
    def success(self) -> bool:
        """Return whether the run succeeded."""
        return self.error is None


async def run(
    workflow: Workflow,
    file: str,
    inputs: dict[str, Any],
    *,
    load: LoadWorkflow,
    listeners: Sequence[Listener] = (),
    warn: Warn = lambda message: None,
    controller: Controller | None = None,
    hub: Connect | None = None,
    secrets: Secrets | None = None,
    environment: dict[str, str] | None = None,
    cwd: str | None = None,
    resumed_from: str | None = None,
    gate: Gate | None = None,
    max_parallel: int | None = None,
    debug: DebugPort | None = None,
    has_spans: bool = False,
    performer: Performer | None = None,
    begun: Begun | None = None,
    number: int = 1,
) -> Result:
    """Run a workflow that has no static errors and return how it ended; secrets are masked in its error.

    `file` is its path; `inputs` are resolved (see `inputs.resolve`); `load` returns the workflow of a file or
    raises StepError; `warn` is called with a message for the user, as when a listener fails; `hub` connects
    to a hub (default: one of this run alone); `cwd` is the base working directory; `resumed_from` is the id
    of the run that the controller continues; `gate` holds the run between steps while it is closed;
    `max_parallel` is how many participants may run at once, those of sub-workflows included; `debug` lets
    debuggers in; `has_spans` tells that a listener records spans, so that steps are told theirs; `performer`
    has the jobs of steps performed elsewhere; `begun` gives its id, and its start if it goes on here; `number`
    is `execution.number`.

    When cancelled, it ends every process, tells the listeners, and raises CancelledError. Raises HubError
    before anything ran if the hub cannot be reached.
    """
    environment = dict(os.environ if environment is None else environment)
    run_ = Run(
        stream=EventStream(listeners, warn, gate),
        hub=await (hub or Bus())(warn),
        controller=controller,
        secrets=secrets or Secrets(environment),
        environment=environment,
        cwd=_absolute(cwd or "."),
        load=load,
        warn=warn,
        turns=None if max_parallel is None else asyncio.Semaphore(max_parallel),
        debug=debug,
        has_spans=has_spans,
        performer=performer,
        begun=begun,
        number=number,
    )
    frame = WorkflowFrame(run_, workflow, _absolute(file), inputs, ())
    if not run_.stream.silent:
        run_.stream.emit(_started(frame, inputs, resumed_from))
    thread = ControlThread(frame)
    try:
        output = await run_.supervisor.supervise(run_flow(thread))
    except StepError as error:
        await run_.close(success=False)
        return _failed(frame, error)
    except Stop as stop:
        output = stop.output
    except asyncio.CancelledError:
        await run_.close(success=False)
        _finish(run_, error="cancelled")
        raise
    except Exception as error:
        # A bug, or values past Python's limits: the run still ends as a run.
        await run_.close(success=False)
        return _failed(frame, _internal(error))
    await run_.close(success=True)
    elapsed = _finish(run_, output=output)
    return Result(run_.id, output, None, _step_results(frame), elapsed)


def _failed(frame: WorkflowFrame, error: StepError) -> Result:
    """Tell the listeners that the run has failed, and return its result."""
    failure = error.masked(frame.run.secrets)
    elapsed = _finish(frame.run, error=failure.message)
    return Result(frame.run.id, None, failure, _step_results(frame), elapsed)


def _step_results(frame: WorkflowFrame) -> dict[str, MappingOf[str, Any]]:
    """Return the variables of the steps that have run, by their names."""
    return {name: found for name in frame.step_names if (found := frame.variables[name])}


async def run_flow(thread: ControlThread) -> Any:
    """Run the flow of a thread's workflow and return its output, a JSON value. Raises StepError."""
    frame = thread.frame
    await run_steps(frame.workflow.flow, thread)
    output = frame.workflow.output
    if output is None:
        return thread.chain.value if thread.chain else None
    value = to_json(await _evaluate_output(output, thread))
    if output.schema is not None:
        _check_output(output, output.schema, value, frame)
    return value


async def _evaluate_output(output: Output, thread: ControlThread) -> Any:
    debug = thread.frame.run.debug
    if output.expression is not None:
        await debug.reach(thread, OUTPUT_POINTER, "output")
        return evaluate(thread, output.expression, "output")
    if output.map is None:
        return {}
    if debug.debugger is not None:
        for pair in output.map:
            await debug.reach(thread, OUTPUT_POINTER, f"output.{pair.key.text}")
    return evaluate_map(thread, output.map, "output")


def _check_output(output: Output, schema: Mapping, value: Any, frame: WorkflowFrame) -> None:
    from .validation import violations

    found = violations(object_schema(schema), value)
    if found:
        message = "the output " + "; ".join(found)
        raise frame.error(message, code="output-schema", field="output", node=output.node)


def _internal(error: Exception) -> StepError:
    if isinstance(error, RecursionError):
        return StepError("the values are nested too deeply", code="too-deep")
    failure = StepError(f"internal error: {type(error).__name__}; please report it", code="internal")
    failure.__cause__ = error
    return failure


def _absolute(path: str) -> str:
    # Symbolic links stay: relative paths in a workflow are relative to the path that it was called by.
    return os.path.abspath(path)


def _started(frame: WorkflowFrame, inputs: dict[str, Any], resumed_from: str | None) -> ExecutionStarted:
    workflow, run_ = frame.workflow, frame.run
    return ExecutionStarted(
        id=run_.id,
        workflow_path=unicode_text(frame.file),
        workflow_hash=workflow.document.digest if run_.stream.wants_digests else "",
        started_at=iso(run_.watch.started),
        inputs=inputs,
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        workflow_version=workflow.version if _declares_version(workflow) else None,
        resumed_from=resumed_from,
    )


def _declares_version(workflow: Workflow) -> bool:
    root = workflow.document.root
    return isinstance(root, Mapping) and "version" in root


def _finish(run_: Run, *, output: Any = UNSET, error: str | None = None) -> int:
    """Tell the listeners how the run has ended, and return how long it took, in nanoseconds."""
    elapsed = run_.watch.elapsed
    run_.stream.emit(
        ExecutionFinished(
            status="success" if error is None else "failure",
            finished_at=iso(run_.watch.started + elapsed),
            duration=milliseconds(elapsed),
            output=output,
            error=error,
        )
    )
    return elapsed
