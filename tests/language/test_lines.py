"""Lines as LSP counts them."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from duckflux.language.syntax import LineIndex, line_index
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(alphabet="ab\r\n\u2028\x0c😀", max_size=20)


@given(text=TEXTS, new=TEXTS, places=st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_an_edited_index_is_that_of_the_edited_text(text: str, new: str, places: tuple[int, int]) -> None:
    start, end = sorted(min(place, len(text)) for place in places)
    edited = LineIndex(text).edited(start, end, new)
    fresh = LineIndex(text[:start] + new + text[end:])
    assert (edited.text, edited.starts) == (fresh.text, fresh.starts)


@given(text=TEXTS, new=TEXTS, places=st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_lines_of_a_large_text_are_counted_alike(text: str, new: str, places: tuple[int, int]) -> None:
    listed = LineIndex(text)
    start, end = sorted(min(place, len(text)) for place in places)
    edited = listed.edited(start, end, new)
    with patch.object(line_index, "_MAX_LISTED", -1):
        counted = LineIndex(text)
        counted_edited = counted.edited(start, end, new)
        assert not isinstance(counted.starts, list)
    assert [*counted.starts] == listed.starts
    assert [*counted_edited.starts] == edited.starts
    assert [*map(counted.position, range(len(text) + 2))] == [*map(listed.position, range(len(text) + 2))]
    for line in range(len(listed) + 1):
        assert counted.offset(line, 2) == listed.offset(line, 2)
    with pytest.raises(IndexError):
        counted.starts[len(listed)]
