"""Fixes expressions: names, texts without quotes, `=` for `==`, and reads without a guard."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import cel
from ...language.analysis import Analysis, Diagnostic
from ...language.semantics.builtin_variables import OWNERS
from ...language.syntax import Scalar
from ...language.syntax.ancestors import Ancestors, ancestors_at
from ...language.syntax.edits import TextEdit
from . import missing_names
from .fix import Fix
from .scalar_content import part_at, rewritten
from .suggestions import apply_suggestion

_CONDITIONS = ("when", "condition", "until", "match")
_WORDS = re.compile(r"[\w./:@-]+(?: [\w./:@-]+)*")
_KEY = re.compile(r"(\w+)[ \t]+")
_ASSIGNED = re.compile(r"(?<![=!<>])=(?!=)")


def replace_name(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Replace a name by the variable that was meant, or by a text of that word."""
    now = analysis.document.text[diagnostic.start : diagnostic.end]
    owner = OWNERS.get(now)
    if owner is not None:
        yield Fix(f"Change to `{owner}`", (TextEdit(diagnostic.start, diagnostic.end, owner),))
    else:
        yield from apply_suggestion(analysis, diagnostic)
    yield from missing_names.name_by_read(analysis, diagnostic)
    yield from _as_text(analysis, diagnostic, preferred=owner is None and diagnostic.suggestion is None)


def fix_syntax(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Add a missing colon, write `==` for `=`, or put a plain text in quotes."""
    scalar = ancestors_at(analysis.document, diagnostic.start).scalar
    if scalar is None or scalar.alias:
        return
    key = _key_without_colon(scalar)
    if key is not None:
        at = analysis.document.offsets(scalar)[0] + key.end(1)
        yield Fix(f"Add `:` after `{key[1]}`", (TextEdit(at, at, ":"),))
        return
    fixed = _ASSIGNED.sub("==", scalar.text)
    if fixed != scalar.text and not cel.parse(fixed).errors:
        yield rewritten(analysis, scalar, fixed, "Compare with `==`")
        return
    yield from _as_text(analysis, diagnostic, preferred=True)


def _key_without_colon(node: Scalar) -> re.Match[str] | None:
    """Return the first word of a text on a line of its own, where an entry of a map could be."""
    start = node.block.text.rfind("\n", 0, node.start) + 1
    if node.style or start == 0 or node.block.text[start : node.start].strip():
        return None
    return _KEY.match(node.text)


def add_guard(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Guard the read with `has`."""
    part, link = part_at(analysis, diagnostic), ancestors_at(analysis.document, diagnostic.start).last
    if part is None or not re.fullmatch(r"[\w.]+", part.text):
        return
    read, text = part.text, part.scalar.text.strip()
    whole = f"({text})" if re.search(r"\|\||\?", text) else text
    condition = link is not None and link.pair.key.text in _CONDITIONS
    guarded = f"has({read}) && {whole}" if condition else f"has({read}) ? {whole} : null"
    if not cel.parse(guarded).errors:
        title = f"Guard it with `has({read})`"
        yield rewritten(analysis, part.scalar, guarded, title)._replace(safe=False)


def _as_text(analysis: Analysis, diagnostic: Diagnostic, *, preferred: bool) -> Iterator[Fix]:
    """Put a value that consists of words in quotes: it is most likely a text."""
    found = ancestors_at(analysis.document, diagnostic.start)
    scalar = found.scalar
    if scalar is None or scalar.alias or not _WORDS.fullmatch(scalar.text) or _is_condition(found):
        return
    if "." in scalar.text:
        return
    fix = rewritten(analysis, scalar, f"'{scalar.text}'", "Put it in quotes")
    yield fix._replace(preferred=preferred, safe=False)


def _is_condition(found: Ancestors) -> bool:
    return found.last is not None and found.last.pair.key.text in (*_CONDITIONS, "max")
