"""textDocument/typeDefinition: from a step to the schema of its output, from an input to its own."""

from __future__ import annotations

from duckflux.language.model.workflow import Participant
from duckflux.language.syntax import Mapping, Scalar
from lsprotocol import types

from ..positions import to_range
from .names import Names


def type_definition(
    names: Names, offset: int, encoding: types.PositionEncodingKind | str
) -> list[types.Location]:
    """Where the type of what is named at an offset is written; nowhere if it has none."""
    here = names.at(offset)
    if here is None:
        return []
    place: Scalar | Mapping | None = None
    if here.symbol.kind == "step":
        participant = _participant(names, here.symbol.name)
        pair = participant.node.pair("output") if participant is not None else None
        place = pair.key if pair is not None else None
    elif here.symbol.kind == "input":
        root = names.analysis.document.root
        inputs = root.get("inputs") if isinstance(root, Mapping) else None
        schema = inputs.get(here.symbol.name) if isinstance(inputs, Mapping) else None
        place = schema if isinstance(schema, Mapping) else None
    if place is None:
        return []
    document = names.analysis.document
    return [types.Location(names.uri, to_range(document.lines, *document.offsets(place), encoding))]


def _participant(names: Names, name: str) -> Participant | None:
    declared = names.analysis.workflow.participants.get(name)
    if declared is not None or names.analysis.work is None:
        return declared
    inline = (call.inline for item in names.analysis.work.items.steps for call in item.calls)
    return next((one for one in inline if one is not None and one.name == name), None)
