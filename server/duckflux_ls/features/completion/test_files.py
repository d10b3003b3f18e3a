"""Test files: the names of the steps and of the inputs of the workflow under test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from duckflux.ide.cursor import Probe
from duckflux.language.model.workflow import step_names
from duckflux.language.syntax import Mapping
from duckflux.testing.files import workflow_under_test
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from .candidate import Candidate

# The fields that hold names of steps, and of inputs, as keys or as items.
_STEPS, _INPUTS = ("mocks", "steps", "run"), ("inputs",)


def tested_names(probe: Probe, edit: Edit, path: Path, *, colon: bool) -> Iterator[Candidate]:
    """The names that belong where the probe is, and are not there yet."""
    cursor = probe.cursor
    # The first key of all is still the value of its field.
    keys = cursor.keys if cursor.role == "value" else cursor.keys[:-1]
    field = keys[-1] if keys else None
    workflow = workflow_under_test(cursor.document, path) if field in _STEPS + _INPUTS else None
    if workflow is None:
        return
    names = sorted(step_names(workflow)) if field in _STEPS else list(workflow.inputs)
    given = cursor.parent if cursor.role == "key" else None
    for name in names:
        if isinstance(given, Mapping) and name in given:
            continue
        text = name if colon or cursor.role == "item" else f"{name}: "
        kind = CompletionItemKind.Function if field in _STEPS else CompletionItemKind.Property
        yield Candidate(name, kind, edit._replace(text=text), group=1)
