"""Offers to silence a diagnostic with a comment (docs/lint.md#silence-a-diagnostic)."""

from __future__ import annotations

from collections.abc import Iterator

from ..language import registry
from ..language.analysis import Analysis, Diagnostic
from ..language.lint.suppression import MARK, comment_at
from ..language.syntax.ancestors import ancestors_at
from ..language.syntax.edits import TextEdit, line_break
from .fixes import Fix

_REASON = "TODO: say why"
_ABOUT_COMMENTS = (
    registry.UNKNOWN_SUPPRESSION,
    registry.UNUSED_SUPPRESSION,
    registry.UNREASONED_SUPPRESSION,
)


def silencing(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Yield the comments that silence a diagnostic: on its line, and in the whole file.

    None for errors, which `run` refuses all the same, and none for what is said about such comments.
    """
    if diagnostic.severity == "error" or diagnostic.code in _ABOUT_COMMENTS:
        return
    root = analysis.document.root
    if root is None:
        return
    code = diagnostic.code
    on_line = _on_line(analysis, diagnostic)
    if on_line is not None:
        yield Fix(f"Silence {code} on this line", (on_line,), preferred=False, safe=False)
    first = analysis.document.lines.starts[analysis.document.position(root)[0]]
    comment = f"# {MARK} {code}: {_REASON}{line_break(analysis.document)}"
    yield Fix(f"Silence {code} in this file", (TextEdit(first, first, comment),), preferred=False, safe=False)


def _on_line(analysis: Analysis, diagnostic: Diagnostic) -> TextEdit | None:
    """Return a comment at the end of the line, or above where the line ends inside of a value."""
    document = analysis.document
    line = document.lines.position(diagnostic.start)[0]
    scalar = ancestors_at(document, diagnostic.start).scalar
    if scalar is not None:
        line = document.position(scalar)[0]
    end = document.lines.line_end(line)
    codes = comment_at(document, line)
    if codes is not None:
        return TextEdit(codes, codes, f", {diagnostic.code}")
    comment = f"# {MARK} {diagnostic.code}: {_REASON}"
    if scalar is None or scalar.style in ("|", ">") or document.offsets(scalar)[1] <= end:
        return TextEdit(end, end, f"  {comment}")
    start = document.lines.starts[line]
    if document.root is None or start <= document.offsets(document.root)[0]:
        # A comment above the first field is about the whole file.
        return None
    text = document.lines.line_text(line)
    indent = text[: len(text) - len(text.lstrip(" "))]
    return TextEdit(start, start, f"{indent}{comment}{line_break(document)}")
