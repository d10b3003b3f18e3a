"""Runs `type: workflow`: another workflow file as one step (docs/language.md#sub-workflows)."""

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
from ..engine.run_workflow import run_flow
from ..errors import StepError
from .participant_call import Outcome, ParticipantCall


async def run(call: ParticipantCall) -> Outcome:
    """Run the workflow and return its output. Raises StepError if it cannot run or fails."""
    caller = call.thread.frame
    file = _file(call)
    if file in caller.file_stack:
        names = " -> ".join(map(os.path.basename, (*caller.file_stack, file)))
        raise call.error(f"circular workflow calls: {names}", code="circular", field="path")
    try:
        workflow = caller.run.load(file)
    except StepError as error:
        if error.location is not None:
            raise
        raise call.error(error.message, code=error.code, field="path") from None
    try:
        inputs = resolve(workflow.inputs, _inputs(call), caller.run.secrets)
    except InputError as error:
        raise call.error(f"{os.path.basename(file)}: {error}", code="inputs", field="path") from None
    frame = WorkflowFrame(caller.run, workflow, file, inputs, caller.file_stack)
    thread = ControlThread(
        frame,
        parent=call.reporter.seq,
        indices=call.thread.loops.indices,
        branch=call.thread.branch,
        callers=(*call.thread.callers, call.settings.path),
        caller=call.thread,
    )
    try:
        # In a task of its own: deeply nested files must not make a deep stack.
        value = await asyncio.create_task(run_flow(thread))
    except StepError as error:
        step = f"step '{error.step}': " if error.step else ""
        failure = StepError(
            f"sub-workflow failed: {step}{error.message}",
            code=error.code,
            field=error.field,
            location=error.location,
        )
        failure.was_asked = error.was_asked
        raise failure from None
    # If the output is that of the last step, its JSON text flows on unchanged.
    text = thread.chain.text if workflow.output is None and thread.chain else None
    return Outcome(value, text)


def _file(call: ParticipantCall) -> str:
    return os.path.normpath(os.path.join(call.thread.frame.folder, call.settings.text("path") or ""))


def _inputs(call: ParticipantCall) -> dict[str, Any]:
    """Return the inputs of the sub-workflow: the step's input if it is a map, else the one input `input`."""
    if call.input is ABSENT:
        return {}
    value = to_json(call.input)
    return dict(value) if isinstance(value, Mapping) else {"input": value}
