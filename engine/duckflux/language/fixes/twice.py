"""Keys that stand twice in one map."""

from __future__ import annotations

from collections.abc import Iterator

from ..analysis import Analysis, Diagnostic
from ..source import Document, parse
from ..source.trail import trail
from .edits import Edit, remove_field
from .fix import Fix


def remove_second(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Take the second one away, as it is taken for none anyway."""
    document = analysis.document
    text = document.text
    # The tree has only the first one. Under another name, as long, the second has its place in it too.
    length = diagnostic.end - diagnostic.start
    for letter in "qxzjQXZJ":
        other = parse(text[: diagnostic.start] + letter * length + text[diagnostic.end :])
        edit = _removed(other, diagnostic.start, letter * length)
        if edit is not None:
            name = text[diagnostic.start : diagnostic.end]
            yield Fix(f"Remove the second `{name}`", (edit,), safe=False)
            return


def _removed(document: Document, offset: int, name: str) -> Edit | None:
    link = trail(document, offset).last
    if link is None or link.pair.key.text != name or document.offsets(link.pair.key)[0] != offset:
        return None
    return None if link.holder.alias else remove_field(document, *link)
