"""`type: workflow`: another workflow file as one step (LANGUAGE sections 3 and 4)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from duckflux.cel.json_values import to_json

from ..engine.chain import ABSENT
from ..engine.control_thread import ControlThread
from ..engine.frame import WorkflowFrame
from ..engine.inputs import InputError, resolve
from ..errors import StepError
from . import Outcome, ParticipantCall


async def run(call: ParticipantCall) -> Outcome:
    """Run the workflow; its output is the step's. Raises StepError when it can't run or fails."""
    from ..engine.run_workflow import run_flow

    frame = call.thread.frame
    file = _file(call)
    if file in frame.files:
        raise _error(call, f"circular: {' -> '.join(_names((*frame.files, file)))}", "circular")
    try:
        workflow = frame.run.load(file)
    except StepError as error:
        raise (_error(call, error.message, error.code) if error.location is None else error) from None
    try:
        inputs = resolve(workflow.inputs, _given(call), frame.run.secrets)
    except InputError as error:
        raise _error(call, f"{_names((file,))[0]}: {error}", "inputs") from None
    child = WorkflowFrame(frame.run, workflow, file, inputs, frame.files)
    thread = ControlThread(
        child,
        {"input": None, "output": None},
        None,
        call.reporter.seq,
        call.thread.loops.indices,
        call.thread.branch,
        (*call.thread.callers, call.settings.path),
    )
    try:
        # In a task of its own: a deep nesting of files must not become a deep stack.
        value = await asyncio.create_task(run_flow(child, thread))
    except StepError as error:
        step = f"step '{error.step}': " if error.step else ""
        raise StepError(
            f"sub-workflow failed: {step}{error.message}",
            code=error.code,
            field=error.field,
            location=error.location,
        ) from None
    # A result that is just what its last step gave flows on as that step printed it.
    text = thread.chain.text if workflow.output is None and thread.chain else None
    return Outcome(value, text)


def _file(call: ParticipantCall) -> str:
    return os.path.normpath(os.path.join(call.thread.frame.folder, call.settings.text("path") or ""))


def _given(call: ParticipantCall) -> dict[str, Any]:
    """A map becomes the child's inputs; anything else its `input`."""
    if call.input is ABSENT:
        return {}
    value = to_json(call.input)
    return dict(value) if isinstance(value, Mapping) else {"input": value}


def _names(files: tuple[str, ...]) -> list[str]:
    return [os.path.basename(file) for file in files]


def _error(call: ParticipantCall, message: str, code: str) -> StepError:
    node = call.field("path") or call.settings.node
    return StepError(message, code=code, field="path", location=call.thread.frame.location(node))
