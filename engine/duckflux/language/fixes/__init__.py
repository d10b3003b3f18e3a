"""Quick fixes: what mends a diagnostic, as edits of the text. Editor and `lint --fix` apply the same ones."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Container, Iterable

from .. import codes
from ..analysis import Analysis, Diagnostic, analyse
from . import (
    calls,
    comments,
    comparisons,
    empty,
    expressions,
    fields,
    flow,
    names,
    pasted,
    places,
    suggested,
    twice,
    unnamed,
)
from .edits import Edit, apply, between, breaks
from .fix import Fix, Maker

FIXES: dict[str, Maker] = {
    codes.DUPLICATE_KEY: twice.remove_second,
    codes.TAG: fields.remove_tag,
    codes.CHARACTER: fields.remove_character,
    codes.UNKNOWN_FIELD: fields.remove_or_rename,
    codes.MISSING_FIELD: fields.add_missing,
    codes.WRONG_TYPE: fields.right_type,
    codes.VALUE: fields.right_value,
    codes.DURATION: fields.duration,
    codes.EMPTY: empty.fill,
    codes.COMBINATION: fields.remove,
    codes.NOT_A_WORKFLOW: empty.workflow,
    codes.OTHER_TYPES_FIELD: fields.remove,
    codes.UNKNOWN_PARTICIPANT: names.declare_participant,
    codes.RESERVED_NAME: names.rename_everywhere,
    codes.DUPLICATE_NAME: names.rename_here,
    codes.UNKNOWN_TARGET: names.declare_participant,
    codes.INLINE_REFERENCE: names.move_to_participants,
    codes.UNREADABLE_NAME: names.readable,
    codes.EXPRESSION_SYNTAX: expressions.syntax,
    codes.UNDECLARED: expressions.name,
    codes.UNKNOWN_FUNCTION: suggested.replace,
    codes.NO_SUCH_FIELD: suggested.replace,
    codes.EXPRESSION_TYPE: comparisons.addable,
    codes.NOT_A_CONDITION: comparisons.condition,
    codes.NEVER_TRUE: comparisons.comparable,
    codes.LITERAL_LIKE_EXPRESSION: suggested.guess,
    codes.IMPOSSIBLE: suggested.replace,
    codes.RETRY_WITHOUT_CONFIG: fields.add_retry,
    codes.MAY_NOT_HAVE_RUN: expressions.guard,
    codes.UNUSED_PARTICIPANT: fields.remove_entry,
    codes.CONSTANT_CONDITION: fields.remove_condition,
    codes.UNUSED_RETRY: fields.remove,
    codes.UNUSED_TIMEOUT: fields.remove,
    codes.FALLBACK_CYCLE: flow.no_way_back,
    codes.UNLIMITED_LOOP: fields.add_max,
    codes.UNKNOWN_LAST: flow.known_last,
    codes.UNREACHABLE: flow.limit,
    codes.NO_ROUND: flow.one_round,
    codes.ZERO_DURATION: flow.some_time,
    codes.UNUSED_INPUT: fields.remove_entry,
    codes.NO_SUB_WORKFLOW: places.workflow_file,
    codes.MISSING_INPUT: calls.add_inputs,
    codes.UNKNOWN_INPUT: fields.remove_or_rename,
    codes.BAD_DEFAULT: fields.right_default,
    codes.IMPOSSIBLE_OUTPUT: calls.required_output,
    codes.LOST_OUTPUT: unnamed.add_as,
    codes.UNDECLARED_INPUT: names.declare_input,
    codes.UNLISTED_FIELD: suggested.replace,
    codes.UNSET_KEY: suggested.replace,
    codes.UNKNOWN_SUPPRESSION: suggested.guess,
    codes.UNUSED_SUPPRESSION: comments.unused,
    codes.PASTED_EXPRESSION: pasted.evaluated,
    codes.SHELL_VARIABLE: suggested.guess,
    codes.ADDRESS: places.address,
    codes.FOLDER: places.folder,
    codes.MCP_SERVER: suggested.guess,
}
# What only seems to be unused while another mistake hides who uses it.
_LAST = (codes.UNUSED_INPUT, codes.UNUSED_PARTICIPANT, codes.UNUSED_SUPPRESSION)
_ROUNDS = 100
# The codes of what is wrong with the text itself.
_TEXT = "DF1"


def fixes_of(analysis: Analysis, diagnostic: Diagnostic) -> tuple[Fix, ...]:
    """The ways to mend one diagnostic of an analysis, the best first."""
    maker = FIXES.get(diagnostic.code)
    return tuple(maker(analysis, diagnostic)) if maker is not None else ()


def fix_all(analysis: Analysis, only: Container[str] = FIXES, *, unsafe: bool = False) -> Analysis:
    """A text's analysis once all mistakes are mended that have one sensible mending; `only` of these codes.
    `unsafe`: also where something is made up, such as the value of a missing field, or taken away."""
    for _ in range(_ROUNDS):
        mended = _mended(analysis, only, unsafe)
        if mended is None:
            break
        analysis = mended
    return analysis


def _mended(analysis: Analysis, only: Container[str], unsafe: bool) -> Analysis | None:
    """One round: what can be mended at once; where that makes things worse, one by one. None: nothing to do."""
    wanted = [d for d in analysis.diagnostics if d.code in only]
    for late in (False, True):
        known = (preferred(analysis, d) for d in wanted if (d.code in _LAST) is late)
        found = [fix for fix in known if fix is not None and (fix.safe or unsafe)]
        for edits in (together(found), *(fix.edits for fix in found)):
            if edits and (better := _better(analysis, edits, only)) is not None:
                return better
    return None


def together(fixes: Iterable[Fix]) -> tuple[Edit, ...]:
    """The edits of all fixes that do not get into each other's way."""
    taken: list[Edit] = []
    for fix in fixes:
        if not any(_touches(edit, taken) for edit in fix.edits):
            for edit in fix.edits:
                insort(taken, edit)
    return tuple(taken)


def preferred(analysis: Analysis, diagnostic: Diagnostic) -> Fix | None:
    """The one sensible way to mend a diagnostic, if there is one."""
    return next((fix for fix in fixes_of(analysis, diagnostic) if fix.preferred), None)


def _better(analysis: Analysis, edits: tuple[Edit, ...], only: Container[str]) -> Analysis | None:
    """The analysis after edits, if fewer of these mistakes are there then and the text is no more broken. What
    was hidden behind a mistake may be seen then."""
    after = analyse(apply(analysis.document.text, edits), analysis.path, analysis)
    before, now = (Counter(d.code for d in one.diagnostics) for one in (analysis, after))
    if any(now[code] > before[code] for code in now if code.startswith(_TEXT)):
        return None
    fewer = any(now[code] < before[code] for code in before if code in only)
    return after if fewer else None


def _touches(edit: Edit, others: list[Edit]) -> bool:
    """Whether an edit has a place in common with one of others, which are in the order of the text."""
    following = bisect_left(others, (edit.start,))
    after, before = others[following : following + 1], others[max(0, following - 1) : following]
    return any(other.start <= edit.end for other in after) or any(edit.start <= other.end for other in before)


__all__ = [
    "FIXES",
    "Edit",
    "Fix",
    "apply",
    "between",
    "breaks",
    "fix_all",
    "fixes_of",
    "preferred",
    "together",
]
