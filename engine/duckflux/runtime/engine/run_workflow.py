"""Running a workflow from its start to its end (ARCHITECTURE rule 4)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import msgspec

from duckflux.cel.json_values import to_json
from duckflux.language.model.workflow import Output, Workflow, object_schema
from duckflux.language.syntax import Mapping, Scalar

from ..clock import iso, milliseconds
from ..errors import StepError
from ..events import UNSET, ExecutionFinished, ExecutionStarted
from ..events.stream import EventStream, Listener, Warn
from ..hubs import Connect
from ..hubs.memory import Bus
from ..secrets import Secrets
from .control_thread import ControlThread
from .controller import Controller, Stop
from .evaluate import evaluate
from .flow import run_steps
from .frame import WorkflowFrame
from .run import LoadWorkflow, Run


class Result(msgspec.Struct, frozen=True):
    """How a run ended. `output` is a JSON value, None after a failure; `error` is set then."""

    id: str
    output: Any
    error: StepError | None

    @property
    def success(self) -> bool:
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
) -> Result:
    """Run a workflow that has no static errors.

    `file` is its path, `inputs` are resolved (see `inputs.resolve`), `load` gives the workflow of a sub-workflow
    file or raises StepError, `warn` hears about listeners that fail and a hub that is lost, `hub` connects to
    where events go, `cwd` is the base working directory. When cancelled, it ends every process, tells the
    listeners, and raises CancelledError. Raises HubError, before anything ran, when the hub can't be reached.
    `resumed_from` is the id of the run that the controller continues.
    """
    environment = dict(os.environ if environment is None else environment)
    run_ = Run(
        stream=EventStream(listeners, warn),
        hub=await (hub or Bus())(warn),
        controller=controller,
        secrets=secrets or Secrets(environment),
        environment=environment,
        cwd=_absolute(cwd or "."),
        load=load,
    )
    frame = WorkflowFrame(run_, workflow, _absolute(file), inputs, ())
    if not run_.stream.silent:
        run_.stream.emit(_started(frame, inputs, resumed_from))
    thread = ControlThread(frame, {"input": None, "output": None}, None, None, (), None, ())
    try:
        output = await run_flow(frame, thread)
    except StepError as error:
        await run_.close(success=False)
        _finish(run_, error=error.message)
        return Result(run_.id, None, error)
    except Stop as stop:
        output = stop.output
    except asyncio.CancelledError:
        await run_.close(success=False)
        _finish(run_, error="cancelled")
        raise
    except Exception as error:
        # A mistake of ours, or values past Python's limits: it ends the run, but as one.
        await run_.close(success=False)
        failure = _internal(error)
        _finish(run_, error=failure.message)
        return Result(run_.id, None, failure)
    await run_.close(success=True)
    _finish(run_, output=output)
    return Result(run_.id, output, None)


async def run_flow(frame: WorkflowFrame, thread: ControlThread) -> Any:
    """Run the flow of one workflow and give its output, a JSON value. Raises StepError."""
    await run_steps(frame.workflow.flow, thread)
    output = frame.workflow.output
    if output is None:
        return thread.chain.value if thread.chain else None
    value = to_json(_mapped(output, thread))
    if output.schema is not None:
        _check(output, output.schema, value, frame)
    return value


def _mapped(output: Output, thread: ControlThread) -> Any:
    if output.expression is not None:
        return evaluate(thread, output.expression, "output")
    pairs = output.map or ()
    return {
        pair.key.text: evaluate(thread, pair.value, f"output.{pair.key.text}")
        for pair in pairs
        if isinstance(pair.value, Scalar)
    }


def _check(output: Output, schema: Mapping, value: Any, frame: WorkflowFrame) -> None:
    from .validation import violations

    found = violations(object_schema(schema), value)
    if found:
        location = frame.location(output.node)
        raise StepError(
            "the output " + "; ".join(found), code="output-schema", field="output", location=location
        )


def _internal(error: Exception) -> StepError:
    if isinstance(error, RecursionError):
        return StepError("the values are nested too deeply", code="too-deep")
    failure = StepError(f"internal error: {type(error).__name__}; please report it", code="internal")
    failure.__cause__ = error
    return failure


def _absolute(path: str) -> str:
    # Not resolved: `..` and relative paths in a workflow mean what they mean beside the name it was called by.
    return os.path.abspath(path)


def _started(frame: WorkflowFrame, inputs: dict[str, Any], resumed_from: str | None) -> ExecutionStarted:
    workflow, run_ = frame.workflow, frame.run
    return ExecutionStarted(
        id=run_.id,
        workflow_path=frame.file,
        workflow_hash=workflow.document.digest,
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


def _finish(run_: Run, *, output: Any = UNSET, error: str | None = None) -> None:
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
