"""The variables that expressions see, with their types and documentation.

See docs/language.md#5-variables-in-expressions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...cel import types
from ...cel.types import DYN, Field, Type
from ..model.workflow import Input
from ..schema.participant_types import find_or_default

# Maps that are often written without the variable that has them.
OWNERS = {"inputs": "workflow.inputs", "context": "execution.context"}
UNDECLARED_INPUT = "undeclared-input"
UNLISTED_FIELD = "unlisted-field"
UNSET_KEY = "unset-key"

_STATUS = types.enum_of("success", "failure", "skipped")
_SCHEMA_TYPES: dict[str, Type] = {
    "string": types.STRING,
    "integer": types.INT,
    "boolean": types.BOOL,
    # 1 is an int and 1.5 a double, in CEL.
    "number": DYN,
    "object": types.map_of(types.STRING, DYN),
}

LOOP = types.record(
    {
        "index": Field(types.INT, "The number of this iteration, counted from 0."),
        "iteration": Field(types.INT, "The number of this iteration, counted from 1."),
        "first": Field(types.BOOL, "Whether this is the first iteration."),
        "last": Field(types.BOOL, "Whether this is the last iteration; known only with `max`."),
    }
)
LOOP_VARIABLE = Field(LOOP, "The iteration of the loop.")
EVENT_VARIABLE = Field(DYN, "The payload of the event that was waited for.")


def of_schema(schema: Mapping[str, Any]) -> Type:
    """Return the type of the values that a field schema accepts."""
    kind = schema.get("type")
    listed = schema.get("enum")
    if kind == "string" and isinstance(listed, list) and listed and all(isinstance(v, str) for v in listed):
        return types.enum_of(*listed)
    if kind == "array":
        items = schema.get("items")
        return types.list_of(of_schema(items) if isinstance(items, Mapping) else DYN)
    return _SCHEMA_TYPES.get(kind, DYN) if isinstance(kind, str) else DYN


def workflow_variable(inputs: Iterable[Input]) -> Field:
    """Return the variable `workflow`.

    Where inputs are declared, any other input is only a probable mistake, because extra inputs may be given.
    Where none are declared, there may be any.
    """
    declared = {
        each.name: Field(
            of_schema(each.schema),
            str(each.schema.get("description", "An input of the workflow.")),
            optional=not each.required and "default" not in each.schema,
        )
        for each in inputs
    }
    given = types.record(declared, unknown=UNDECLARED_INPUT) if declared else types.map_of(types.STRING, DYN)
    fields = {
        "id": Field(DYN, "The workflow's `id`."),
        "name": Field(DYN, "The workflow's `name`."),
        "version": Field(types.STRING, "The workflow's `version`, as text."),
        "inputs": Field(given, "What the workflow was given."),
    }
    return Field(types.record(fields), "This workflow.")


def execution_variable(keys: Mapping[str, Type]) -> Field:
    """Return the variable `execution` of a workflow whose `set` steps write these context keys."""
    written = {name: Field(key, "Written by `set`.", optional=True) for name, key in keys.items()}
    fields = {
        "id": Field(types.STRING, "The id of this run."),
        "number": Field(types.INT, "The number of this run, from 1."),
        "startedAt": Field(types.TIMESTAMP, "When this run began."),
        "status": Field(types.enum_of("running", "success", "failure"), "How this run is doing."),
        "context": Field(types.record(written, unknown=UNSET_KEY), "What `set` steps have written."),
        "cwd": Field(types.STRING, "The folder this run works in."),
    }
    return Field(types.record(fields), "This run of the workflow.")


def output_type(kind: str, schema: Mapping[str, Any] | None) -> Type:
    """Return the type of the output of a participant of a kind.

    `schema` is the JSON Schema of its `output` field.
    """
    declared = schema if schema is not None else find_or_default(kind).output
    if declared is None:
        return DYN
    required = declared["required"]
    fields = {
        name: Field(of_schema(field), str(field.get("description", "")), optional=name not in required)
        for name, field in declared["properties"].items()
    }
    # The fields of a declared output are what the author promises; a built-in one is known exactly.
    return types.record(fields, unknown=UNLISTED_FIELD) if schema is not None else types.record(fields)


def step_variable(kind: str, output: Type = DYN) -> Field:
    """Return the variable of a step that runs a participant of a kind (empty: any)."""
    fields = {
        "status": Field(_STATUS, "How the step ended.", optional=True),
        "output": Field(output, "What the step gave back.", optional=True),
        "startedAt": Field(types.TIMESTAMP, "When its last run began.", optional=True),
        "finishedAt": Field(types.TIMESTAMP, "When its last run ended.", optional=True),
        "duration": Field(types.DURATION, "How long its last run took.", optional=True),
        "retries": Field(
            types.INT, "How many times it was tried again; 0 if the first try succeeded.", optional=True
        ),
        "error": Field(types.STRING, "What went wrong, if it failed.", optional=True),
    }
    if not kind or find_or_default(kind).has_cwd:
        fields["cwd"] = Field(types.STRING, "The folder its command ran in.", optional=True)
    return Field(
        types.record(fields), f"The last run of this {kind} step." if kind else "The last run of this step."
    )


BUILT_IN: dict[str, Field] = {
    "input": Field(DYN, "What the step is given; in conditions and `input`, the result of the step before."),
    "output": Field(DYN, "The result of the last step that finished."),
    "env": Field(types.map_of(types.STRING, types.STRING), "The environment variables of the run."),
    "now": Field(types.TIMESTAMP, "The time."),
}
