"""Fixes keys that occur twice in one map."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import Document, Mapping, parse
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, is_flow, remove_field
from .fix import Fix

_LETTERS = "qxzjQXZJ"


def remove_second(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove the second one, which has no effect."""
    document = analysis.document
    holder = ancestors_at(document, diagnostic.start).node
    if not isinstance(holder, Mapping) or holder.alias:
        return
    # The tree has only the first one. Under another name of the same length the second is in the tree too.
    before, after = _around(document, holder, diagnostic)
    for letter in _LETTERS:
        name = letter * (diagnostic.end - diagnostic.start)
        edit = _removed(parse(before + name + after), len(before), name)
        if edit is not None:
            base = diagnostic.start - len(before)
            moved = edit._replace(start=edit.start + base, end=edit.end + base)
            second = document.text[diagnostic.start : diagnostic.end]
            yield Fix(f"Remove the second `{second}`", (moved,), safe=False)
            return


def _around(document: Document, holder: Mapping, diagnostic: Diagnostic) -> tuple[str, str]:
    """Return the text of a map before and after a key of it, with the whole lines of a map in several lines."""
    start, end = document.offsets(holder)
    lines = document.lines
    if not is_flow(document, holder):
        following = lines.position(end)[0] + 1
        end = lines.starts[following] if following < len(lines) else len(document.text)
    margin = " " * lines.position(start)[1]
    return margin + document.text[start : diagnostic.start], document.text[diagnostic.end : end]


def _removed(document: Document, offset: int, name: str) -> TextEdit | None:
    link = ancestors_at(document, offset).last
    if link is None or link.pair.key.text != name or document.offsets(link.pair.key)[0] != offset:
        return None
    return remove_field(document, *link)
