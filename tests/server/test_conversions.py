"""Converts references to LSP ranges: the same for an open file and for one whose text is not kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.ide.occurrences import Reference, StoredOccurrences, WorkflowOccurrences
from duckflux.language.analysis import analyse
from duckflux_ls.session.conversions import reference_range, to_line_range, to_location
from duckflux_ls.session.positions import FILE_START
from lsprotocol.types import Location, Position, PositionEncodingKind, Range

TEXT = "inputs: {who: }\nflow: [{type: exec, run: '💡', when: workflow.inputs.who == 'x'}]\n"
COLUMNS = {
    PositionEncodingKind.Utf8: 55,
    PositionEncodingKind.Utf16: 53,
    PositionEncodingKind.Utf32: 52,
}


@pytest.mark.parametrize("encoding", COLUMNS)
@pytest.mark.parametrize("is_stored", [False, True])
def test_the_range_of_a_reference(encoding: PositionEncodingKind, is_stored: bool) -> None:
    workflow = WorkflowOccurrences("file:///w.duck.yaml", analyse(TEXT))
    lines = workflow.analysis.document.lines
    stored = StoredOccurrences(workflow, lambda range_: to_line_range(lines, range_, encoding))
    found = stored if is_stored else workflow
    (occurrence,) = (one for one in found if one.symbol.kind == "input" and not one.defines)
    column = COLUMNS[encoding]
    expected = Range(Position(1, column), Position(1, column + 3))
    reference = Reference(found, occurrence)
    assert reference_range(reference, encoding) == expected
    assert to_location(reference, encoding) == Location("file:///w.duck.yaml", expected)


def test_the_location_of_a_file(tmp_path: Path) -> None:
    assert to_location(tmp_path, "utf-16") == Location(tmp_path.as_uri(), FILE_START)
