"""Converts what `duckflux.ide` returns to LSP: edits, occurrences, and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from duckflux.ide.definitions import Target
from duckflux.ide.occurrences import Reference, WorkflowOccurrences
from duckflux.ide.ranges import LineRange, TextRange
from duckflux.language.syntax import LineIndex
from duckflux.language.syntax.edits import TextEdit
from lsprotocol import types

from .positions import FILE_START, Encoding, to_range


def to_text_edits(lines: LineIndex, edits: Iterable[TextEdit], encoding: Encoding) -> list[types.TextEdit]:
    """Return edits of the text that has these lines."""
    return [types.TextEdit(to_range(lines, edit.start, edit.end, encoding), edit.text) for edit in edits]


def to_line_range(lines: LineIndex, range_: TextRange, encoding: Encoding) -> LineRange:
    """Return a range as lines and columns in the client's units."""
    found = to_range(lines, range_.start, range_.end, encoding)
    return LineRange(found.start.line, found.start.character, found.end.line, found.end.character)


def reference_range(reference: Reference, encoding: Encoding) -> types.Range:
    """Return where a reference is in its file."""
    range_ = reference.range
    if isinstance(range_, LineRange):
        start = types.Position(range_.start_line, range_.start_column)
        return types.Range(start, types.Position(range_.end_line, range_.end_column))
    assert isinstance(reference.workflow, WorkflowOccurrences)  # noqa: S101
    return to_range(reference.workflow.analysis.document.lines, *range_, encoding)


def to_location(
    target: Target, encoding: Encoding, uri_of: Callable[[Path], str] = Path.as_uri
) -> types.Location:
    """Return the location of a reference, or of the start of a file, whose URI `uri_of` gives."""
    if isinstance(target, Path):
        return types.Location(uri_of(target), FILE_START)
    return types.Location(target.workflow.uri, reference_range(target, encoding))
