"""The types of the variables that expressions see (LANGUAGE section 5)."""

from __future__ import annotations

from collections.abc import Iterable

from ..cel import types
from ..cel.types import Field, Type

_STATUS = ("success", "failure", "skipped")

STEP = types.record(
    {
        "status": Field(types.enum_of(*_STATUS), "How the step ended.", optional=True),
        "output": Field(types.DYN, "What the step gave back.", optional=True),
        "startedAt": Field(types.TIMESTAMP, "When its last run began.", optional=True),
        "finishedAt": Field(types.TIMESTAMP, "When its last run ended.", optional=True),
        "duration": Field(types.DURATION, "How long its last run took.", optional=True),
        "retries": Field(
            types.INT, "How many times it was tried again; 0 if the first try succeeded.", optional=True
        ),
        "error": Field(types.STRING, "What went wrong, if it failed.", optional=True),
        "cwd": Field(types.STRING, "The folder its command ran in.", optional=True),
    }
)
LOOP = types.record(
    {
        "index": Field(types.INT, "The number of this round, from 0."),
        "iteration": Field(types.INT, "The number of this round, from 1."),
        "first": Field(types.BOOL, "Whether this is the first round."),
        "last": Field(types.BOOL, "Whether this is the last round; known only with `max`."),
    }
)
UNDECLARED_INPUT = "undeclared-input"


def workflow_type(inputs: Iterable[str]) -> Type:
    """The type of `workflow`. Where inputs are declared, another one is only a probable mistake: extra inputs may
    be given. Where none are, there may be any."""
    declared = {name: Field(types.DYN, "An input of the workflow.") for name in inputs}
    given = (
        types.record(declared, unknown=UNDECLARED_INPUT)
        if declared
        else types.map_of(types.STRING, types.DYN)
    )
    return types.record(
        {
            "id": Field(types.DYN, "The workflow's `id`."),
            "name": Field(types.DYN, "The workflow's `name`."),
            "version": Field(types.STRING, "The workflow's `version`, as text."),
            "inputs": Field(given, "What the workflow was given."),
            "output": Field(types.DYN, "The workflow's result, once there is one.", optional=True),
        }
    )


EXECUTION = types.record(
    {
        "id": Field(types.STRING, "The id of this run."),
        "number": Field(types.INT, "The number of this run, from 1."),
        "startedAt": Field(types.TIMESTAMP, "When this run began."),
        "status": Field(types.enum_of("running", "success", "failure"), "How this run is doing."),
        "context": Field(types.map_of(types.STRING, types.DYN), "What `set` steps have written."),
        "cwd": Field(types.STRING, "The folder this run works in."),
    }
)
BUILT_IN: dict[str, Type] = {
    "execution": EXECUTION,
    "input": types.DYN,
    "output": types.DYN,
    "env": types.map_of(types.STRING, types.STRING),
    "now": types.TIMESTAMP,
}
EVENT = types.DYN
