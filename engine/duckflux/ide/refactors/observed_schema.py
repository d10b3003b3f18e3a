"""Writes the `output` schema of a participant from the outputs that recorded runs had."""

from __future__ import annotations

from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from typing import Any

from ...language.analysis import Analysis
from ...language.model.workflow import Call, Participant
from ...language.syntax import Mapping
from ...language.syntax.edits import TextEdit, Value, add_fields, as_yaml
from ..recorded_values import RecordedRun
from .wrap import selected

_MAX_FIELDS = 50
_MAX_ENUM = 6


def observed_schema(
    analysis: Analysis, start: int, end: int, run: RecordedRun
) -> tuple[str, tuple[TextEdit, ...]] | None:
    """Return a title and the edits that declare what the participant at a selection gave, None for nothing new.

    Declared fields stay as they are. Fields without one type that a schema can name are left out.
    """
    participant = _participant_at(analysis, start, end)
    if participant is None or participant.node.alias or participant.name is None:
        return None
    outputs = [output for output in run.outputs(participant.name) if isinstance(output, Mapping_)]
    declared = participant.node.get("output")
    if not outputs or not (declared is None or isinstance(declared, Mapping)):
        return None
    schemas = _schemas(outputs)
    if not isinstance(declared, Mapping):
        fields: dict[str, Value] = {"output": schemas}
        edit = add_fields(analysis.document, participant.node, fields) if schemas else None
        title = "Write the `output` schema that was observed"
    else:
        missing: dict[str, Value] = {key: text for key, text in schemas.items() if key not in declared}
        edit = add_fields(analysis.document, declared, missing) if missing else None
        title = "Add the observed fields to the `output` schema"
    return (title, (edit,)) if edit is not None else None


def _participant_at(analysis: Analysis, start: int, end: int) -> Participant | None:
    workflow = analysis.workflow
    steps = selected(analysis, start, end)
    if len(steps) == 1 and isinstance(steps[0], Call):
        step = steps[0]
        return step.inline or workflow.participants.get(step.name.text if step.name else "")
    for participant in workflow.participants.values():
        first, last = participant.key or participant.node, participant.node
        if analysis.document.offsets(first)[0] <= start and end <= analysis.document.offsets(last)[1]:
            return participant
    return None


def _schemas(outputs: Sequence[Mapping_[str, Any]]) -> dict[str, str]:
    """Return the schemas of the fields, as YAML on one line."""
    names = dict.fromkeys(name for output in outputs for name in output if isinstance(name, str))
    found: dict[str, str] = {}
    for name in [*names][:_MAX_FIELDS]:
        values = [output[name] for output in outputs if name in output]
        schema = _schema(values)
        if schema is not None:
            always = ", required: true" if len(values) == len(outputs) else ""
            found[as_yaml(name)] = f"{{{schema}{always}}}"
    return found


def _schema(values: Sequence[Any]) -> str | None:
    """Return the keywords that hold for all values, None if no schema can say it."""
    types = {_type(value) for value in values}
    type_ = "number" if types == {"integer", "number"} else types.pop() if len(types) == 1 else None
    if type_ is None:
        return None
    if type_ == "array":
        items = _schema([item for value in values for item in value])
        return f"type: array, items: {{{items}}}" if items is not None else "type: array"
    enum = _enum(values) if type_ == "string" else ()
    return f"type: {type_}" + (f", enum: [{', '.join(map(as_yaml, enum))}]" if enum else "")


def _type(value: Any) -> str | None:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case Mapping_():
            return "object"
        case _:
            return None


def _enum(values: Sequence[str]) -> list[str]:
    """Return the different texts if they were repeated so often that they look like a choice."""
    different = dict.fromkeys(values)
    is_choice = 2 <= len(different) <= _MAX_ENUM and len(values) >= 3 * len(different)
    return [*different] if is_choice and all(text.isprintable() for text in different) else []
