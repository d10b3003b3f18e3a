"""Finds the schema of a step's output, and that of an input."""

from __future__ import annotations

from ..language.model.workflow import Participant
from ..language.syntax import Mapping, Scalar
from .occurrences import WorkflowOccurrences
from .ranges import TextRange


def type_definition(occurrences: WorkflowOccurrences, offset: int) -> TextRange | None:
    """Return where the type of the symbol at an offset is written, or None if it has no schema."""
    here = occurrences.at(offset)
    if here is None:
        return None
    schema: Scalar | Mapping | None = None
    if here.symbol.kind == "step":
        participant = _participant(occurrences, here.symbol.name)
        pair = participant.node.pair("output") if participant is not None else None
        schema = pair.key if pair is not None else None
    elif here.symbol.kind == "input":
        root = occurrences.analysis.document.root
        inputs = root.get("inputs") if isinstance(root, Mapping) else None
        declared = inputs.get(here.symbol.name) if isinstance(inputs, Mapping) else None
        schema = declared if isinstance(declared, Mapping) else None
    return TextRange(*occurrences.analysis.document.offsets(schema)) if schema is not None else None


def _participant(occurrences: WorkflowOccurrences, name: str) -> Participant | None:
    analysis = occurrences.analysis
    declared = analysis.workflow.participants.get(name)
    if declared is not None or analysis.state is None:
        return declared
    inline = (call.inline for item in analysis.state.items.steps for call in item.calls)
    return next((one for one in inline if one is not None and one.name == name), None)
