"""Writes the inputs of a recorded run into the workflow, as the defaults of its inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...language.analysis import Analysis
from ...language.syntax import Mapping, Pair
from ...language.syntax.edits import TextEdit, add_fields, as_yaml
from ..recorded_values import RecordedRun

_TITLE = "Write the inputs of the last run as defaults"
_MAX_LENGTH = 1_000


def recorded_defaults(
    analysis: Analysis, start: int, end: int, run: RecordedRun
) -> tuple[str, tuple[TextEdit, ...]] | None:
    """Return a title and the edits that declare the inputs of a run as defaults, None for nothing new.

    It is about the inputs in the selection, or all of them on the key `inputs`. Secrets are left out.
    """
    root = analysis.document.root
    pairs = root.pairs if isinstance(root, Mapping) else ()
    section = next((pair for pair in pairs if pair.key.text == "inputs"), None)
    if section is None or not isinstance(section.value, Mapping):
        return None
    given = run.inputs()
    edits: list[TextEdit] = []
    for pair in _selected(analysis, section, start, end):
        declared = analysis.workflow.inputs.get(pair.key.text)
        if declared is None or pair.key.text not in given or declared.schema.get("format") == "password":
            continue
        edits += _edits(analysis, pair, declared.schema.get("default"), given[pair.key.text])
    return (_TITLE, tuple(edits)) if edits else None


def _selected(analysis: Analysis, section: Pair, start: int, end: int) -> Iterator[Pair]:
    offsets = analysis.document.offsets
    is_on_key = offsets(section.key)[0] <= start and end <= offsets(section.key)[1]
    for pair in section.value if isinstance(section.value, Mapping) else ():
        first, last = offsets(pair.key)[0], max(offsets(pair.key)[1], offsets(pair.value)[1])
        if is_on_key or (first <= end and start <= last):
            yield pair


def _edits(analysis: Analysis, pair: Pair, before: Any, value: Any) -> Iterator[TextEdit]:
    """Yield the edit that sets the default of an input, if it has another one and can be written on a line."""
    text = as_yaml(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if value == before or pair.value.alias or len(text) > _MAX_LENGTH or not text.isprintable():
        return
    document = analysis.document
    if not isinstance(pair.value, Mapping) or not pair.value.pairs:
        start = document.offsets(pair.key)[1]
        yield TextEdit(start, max(start, document.offsets(pair.value)[1]), f": {{default: {text}}}")
        return
    default = next((field for field in pair.value if field.key.text == "default"), None)
    if default is None:
        yield add_fields(document, pair.value, {"default": text})
    else:
        yield TextEdit(*document.offsets(default.value), text)
