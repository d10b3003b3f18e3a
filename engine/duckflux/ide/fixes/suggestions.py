"""Replaces a word by the one that the diagnostic suggests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, as_yaml
from .fix import Fix

# A text inside an expression, with its quotes, which may be doubled or escaped by YAML.
_QUOTED = re.compile(r"(\\?\"|''?)(.*)\1", re.DOTALL)


def apply_suggestion(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Replace the word by the suggestion."""
    suggestion = diagnostic.suggestion
    if suggestion is None or diagnostic.start == diagnostic.end:
        return
    document = analysis.document
    found = ancestors_at(document, diagnostic.start)
    node = found.scalar or (found.last.pair.key if found.last else None)
    whole = node is not None and document.offsets(node) == (diagnostic.start, diagnostic.end)
    if node is not None and node.alias:
        return
    quoted = None if whole else _QUOTED.fullmatch(document.text[diagnostic.start : diagnostic.end])
    quote = quoted[1] if quoted else ""
    text = as_yaml(suggestion) if whole else f"{quote}{suggestion}{quote}"
    yield Fix(f"Change to `{suggestion}`", (TextEdit(diagnostic.start, diagnostic.end, text),))


def apply_guess(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Replace the word by the suggestion, which is not safe: the word itself may be right."""
    yield from (fix._replace(safe=False) for fix in apply_suggestion(analysis, diagnostic))
