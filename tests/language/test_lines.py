"""Lines as LSP counts them."""

from __future__ import annotations

from duckflux.language.syntax import LineIndex
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.text(alphabet="ab\r\n\u2028\x0c😀", max_size=20)


@given(text=TEXTS, new=TEXTS, places=st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_an_edited_index_is_that_of_the_edited_text(text: str, new: str, places: tuple[int, int]) -> None:
    start, end = sorted(min(place, len(text)) for place in places)
    edited = LineIndex(text).edited(start, end, new)
    fresh = LineIndex(text[:start] + new + text[end:])
    assert (edited.text, edited.starts) == (fresh.text, fresh.starts)
