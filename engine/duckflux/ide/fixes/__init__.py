"""Quick fixes, as edits of the text; the editor and `lint --fix` apply the same ones.

`duckflux.language.registry` says which function fixes which rule.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator
from functools import cache
from importlib import import_module
from itertools import islice

from ...language import registry
from ...language.analysis import Analysis, Diagnostic, analyse
from ...language.syntax.edits import TextEdit, apply, introduces_errors
from .fix import Fix, MakeFixes

FIXABLE = frozenset(rule.code for rule in registry.REGISTRY.values() if rule.fix)
"""The codes of the rules that have fixes."""
# Reported as unused perhaps only because another mistake hides the use: fixed last.
_LAST = (registry.UNUSED_INPUT, registry.UNUSED_PARTICIPANT, registry.UNUSED_SUPPRESSION)
_ROUNDS = 100
_MAX_TRIALS = 64
_MAX_TOGETHER = 200
# The codes of the rules about the text itself.
_TEXT = "DF1"


def fixes_of(analysis: Analysis, diagnostic: Diagnostic) -> tuple[Fix, ...]:
    """Return the ways to fix one diagnostic of an analysis, the best first."""
    rule = registry.REGISTRY.get(diagnostic.code)
    return tuple(_maker(rule.fix)(analysis, diagnostic)) if rule is not None and rule.fix else ()


@cache
def _maker(name: str) -> MakeFixes:
    """Return the function that a rule names as `module.function`, imported now: most texts need no fix."""
    module, _, function = name.partition(".")
    found: MakeFixes = getattr(import_module(f".{module}", __name__), function)
    return found


def fix_all(analysis: Analysis, only: Container[str] = FIXABLE, *, unsafe: bool = False) -> Analysis:
    """Return the analysis of the text once every diagnostic with a preferred fix is fixed.

    `only` limits this to some codes. `unsafe` includes fixes that make something up, such as the value of a
    missing field, or remove something.
    """
    for _ in range(_ROUNDS):
        fixed = _fix_round(analysis, only, unsafe)
        if fixed is None:
            break
        analysis = fixed
    return analysis


def _fix_round(analysis: Analysis, only: Container[str], unsafe: bool) -> Analysis | None:
    """Return the analysis after one round, or None if there is nothing left to fix.

    A round applies all fixes at once or, where that makes things worse, the first half of them that does not,
    down to a single fix.
    """
    wanted = [d for d in analysis.diagnostics if d.code in only]
    for late in (False, True):
        now = (d for d in wanted if (d.code in _LAST) is late)
        known = (preferred(analysis, d) for d in islice(now, _MAX_TOGETHER))
        found = [fix for fix in known if fix is not None and (fix.safe or unsafe)]
        for some in _halves(found):
            if (better := _better(analysis, together(some), only)) is not None:
                return better
    return None


def _halves(fixes: list[Fix]) -> Iterator[list[Fix]]:
    """Yield the fixes, their halves, the halves of these and so on, larger ones first, to some of single ones."""
    waiting = deque([fixes] if fixes else [])
    for _ in range(_MAX_TRIALS):
        if not waiting:
            return
        some = waiting.popleft()
        yield some
        if len(some) > 1:
            waiting += [some[: len(some) // 2], some[len(some) // 2 :]]


def together(fixes: Iterable[Fix]) -> tuple[TextEdit, ...]:
    """Return the edits of all fixes that do not overlap with those before them."""
    taken: list[TextEdit] = []
    for fix in fixes:
        if not any(_touches(edit, taken) for edit in fix.edits):
            for edit in fix.edits:
                insort(taken, edit)
    return tuple(taken)


def preferred(analysis: Analysis, diagnostic: Diagnostic) -> Fix | None:
    """Return the preferred fix of a diagnostic; None if there is none."""
    return next((fix for fix in fixes_of(analysis, diagnostic) if fix.preferred), None)


def _better(analysis: Analysis, edits: tuple[TextEdit, ...], only: Container[str]) -> Analysis | None:
    """Return the analysis after the edits if it has fewer of these diagnostics and the text is no more broken.

    Diagnostics that were hidden behind others may appear then.
    """
    after = analyse(apply(analysis.document.text, edits), analysis.path, analysis)
    before, now = (Counter(d.code for d in one.diagnostics) for one in (analysis, after))
    if any(now[code] > before[code] for code in now if code.startswith(_TEXT)):
        return None
    fewer = any(now[code] < before[code] for code in before if code in only)
    return after if fewer else None


def _touches(edit: TextEdit, others: list[TextEdit]) -> bool:
    """Return whether an edit overlaps with one of `others`, which are in the order of the text."""
    following = bisect_left(others, (edit.start,))
    after, before = others[following : following + 1], others[max(0, following - 1) : following]
    return any(other.start <= edit.end for other in after) or any(edit.start <= other.end for other in before)


__all__ = [
    "FIXABLE",
    "Fix",
    "TextEdit",
    "apply",
    "fix_all",
    "fixes_of",
    "introduces_errors",
    "preferred",
    "together",
]
