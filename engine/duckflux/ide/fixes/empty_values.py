"""Fixes values that must not be empty."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Mapping, Scalar, Sequence
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, line_break, remove_field
from .fields import STEP, VALUES
from .fix import Fix


def fill_value(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Fill in a value to start from, or remove the field."""
    link = ancestors_at(analysis.document, diagnostic.start).last
    if link is None or link.holder.alias or link.pair.value.alias:
        return
    key, value = link.pair
    new = VALUES.get(key.text)
    if isinstance(value, Sequence):
        new = STEP
    if new is not None and (isinstance(value, Sequence) or (isinstance(value, Scalar) and value.style)):
        yield Fix(f"Fill `{key.text}`", (TextEdit(*analysis.document.offsets(value), new),), safe=False)
    elif isinstance(value, Scalar) and (edit := remove_field(analysis.document, *link)) is not None:
        yield Fix(f"Remove `{key.text}`", (edit,), safe=False)
    elif isinstance(value, Mapping) and key.text == "set":
        edit = TextEdit(*analysis.document.offsets(value), '{key: "null"}')
        yield Fix("Set a key", (edit,), safe=False)


def start_workflow(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add `flow` with a first step, or above a list of steps."""
    document = analysis.document
    end = line_break(document)
    if document.root is None:
        text = document.text
        gap = "" if not text or text.endswith("\n") else end
        yield Fix(
            "Begin a workflow", (TextEdit(len(text), len(text), f"{gap}flow: {STEP}{end}"),), safe=False
        )
    elif isinstance(document.root, Sequence) and document.source(document.root).startswith("-"):
        start = diagnostic.start - document.lines.position(diagnostic.start)[1]
        yield Fix("Put the steps under `flow`", (TextEdit(start, start, f"flow:{end}"),), safe=False)
