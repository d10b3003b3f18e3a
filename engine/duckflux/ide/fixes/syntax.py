"""Fixes the text itself: what is missing in a line, and templates that YAML reads as maps."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax import parse
from ...language.syntax.edits import TextEdit, apply, as_yaml
from .fix import Fix


def insert_missing(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Insert the colon, space, dash or quote that is missing, where that makes the text readable."""
    if diagnostic.suggestion is None:
        return
    edit = TextEdit(diagnostic.start, diagnostic.end, diagnostic.suggestion)
    document = analysis.document
    if len(parse(apply(document.text, (edit,)), document).problems) < len(document.problems):
        yield Fix(f"Write `{diagnostic.suggestion.strip()}`", (edit,), safe=False)


def unwrap_template(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Write the expression without the braces around it."""
    if diagnostic.suggestion is not None:
        edit = TextEdit(diagnostic.start, diagnostic.end, as_yaml(diagnostic.suggestion))
        yield Fix(f"Write `{diagnostic.suggestion}`", (edit,), safe=False)
