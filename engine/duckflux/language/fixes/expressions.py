"""Expressions: names, texts without quotes, `=` for `==`, and reads without a guard."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import cel
from ..analysis import Analysis, Diagnostic
from ..source import Scalar
from ..source.quoting import offset_in
from ..source.trail import Trail, trail
from .edits import Edit, written
from .fix import Fix
from .suggested import replace

_CONDITIONS = ("when", "condition", "until", "match")
_OWNERS = {"inputs": "workflow.inputs", "context": "execution.context"}
_WORDS = re.compile(r"[\w./:@-]+(?: [\w./:@-]+)*")
_ASSIGNED = re.compile(r"(?<![=!<>])=(?!=)")


def name(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """The variable that was meant, or a text of that word."""
    now = analysis.document.text[diagnostic.start : diagnostic.end]
    owner = _OWNERS.get(now)
    if owner is not None:
        yield Fix(f"Change to `{owner}`", (Edit(diagnostic.start, diagnostic.end, owner),))
    else:
        yield from replace(analysis, diagnostic)
    yield from _as_text(analysis, diagnostic, preferred=owner is None and diagnostic.suggestion is None)


def syntax(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """`==` where `=` was written; quotes around what is a plain text."""
    scalar = trail(analysis.document, diagnostic.start).scalar
    if scalar is None or scalar.alias:
        return
    mended = _ASSIGNED.sub("==", scalar.text)
    if mended != scalar.text and not cel.parse(mended).errors:
        yield _rewritten(analysis, scalar, mended, "Compare with `==`")
        return
    yield from _as_text(analysis, diagnostic, preferred=True)


def guard(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Ask with `has` before the read."""
    found = trail(analysis.document, diagnostic.start)
    scalar = found.scalar
    if scalar is None or scalar.alias:
        return
    start = offset_in(scalar, diagnostic.start - _base(analysis, scalar))
    end = offset_in(scalar, diagnostic.end - _base(analysis, scalar))
    if start is None or end is None or not re.fullmatch(r"[\w.]+", scalar.text[start:end]):
        return
    read, text = scalar.text[start:end], scalar.text.strip()
    whole = f"({text})" if re.search(r"\|\||\?", text) else text
    condition = found.last is not None and found.last.pair.key.text in _CONDITIONS
    guarded = f"has({read}) && {whole}" if condition else f"has({read}) ? {whole} : null"
    if not cel.parse(guarded).errors:
        yield _rewritten(analysis, scalar, guarded, f"Ask `has({read})` first")._replace(safe=False)


def _as_text(analysis: Analysis, diagnostic: Diagnostic, *, preferred: bool) -> Iterator[Fix]:
    """A value that is words alone was most likely meant as a text."""
    found = trail(analysis.document, diagnostic.start)
    scalar = found.scalar
    if scalar is None or scalar.alias or not _WORDS.fullmatch(scalar.text) or _is_condition(found):
        return
    if "." in scalar.text:
        return
    fix = _rewritten(analysis, scalar, f"'{scalar.text}'", "Make it a text, in quotes")
    yield fix._replace(preferred=preferred, safe=False)


def _is_condition(found: Trail) -> bool:
    return found.last is not None and found.last.pair.key.text in (*_CONDITIONS, "max")


def _rewritten(analysis: Analysis, scalar: Scalar, text: str, title: str, preferred: bool = True) -> Fix:
    style = '"' if scalar.style == "" and "'" in text and text.startswith("'") else scalar.style
    return Fix(title, (Edit(*analysis.document.offsets(scalar), written(text, style)),))


def _base(analysis: Analysis, scalar: Scalar) -> int:
    return analysis.document.offsets(scalar)[0] - scalar.start
