"""Fixes suppression comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax.edits import TextEdit
from .fix import Fix

_COMMENT = re.compile(r"#[^\r\n]*")


def remove_suppression(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Remove the code, and with the last code the comment."""
    text = analysis.document.text
    lines = analysis.document.lines
    line, _ = lines.position(diagnostic.start)
    comment = _COMMENT.search(text, lines.starts[line], lines.line_end(line))
    if comment is None:
        return
    before, after = text[comment.start() : diagnostic.start], text[diagnostic.end : comment.end()]
    others = re.search(r"ignore[\s,]+[^\s,:]", before) or re.match(r"[\s,]+[^\s,:]", after)
    if others is None:
        start, end = comment.span()
        while text[start - 1 : start] in (" ", "\t"):
            start -= 1
        if start == lines.starts[line] and line + 1 < len(lines):
            end = lines.starts[line + 1]
        yield Fix("Remove the comment", (TextEdit(start, end, ""),))
        return
    follows = re.match(r"[ \t]*,[ \t]*|[ \t]+(?=[^\s:])", after)
    leads = re.search(r"(?<![ \t])(?:[ \t]*,[ \t]*|[ \t]+)$", before)
    if follows is not None:
        edit = TextEdit(diagnostic.start, diagnostic.end + follows.end(), "")
    else:
        edit = TextEdit(diagnostic.start - len(leads[0] if leads else ""), diagnostic.end, "")
    yield Fix("Remove the code", (edit,))
