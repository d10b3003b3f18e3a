"""Quick fixes: what mends a diagnostic, as edits of the text. Editor and `lint --fix` apply the same ones."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Container, Iterable

from ...language import registry
from ...language.analysis import Analysis, Diagnostic, analyse
from ...language.syntax.edits import TextEdit, apply, between, introduces_errors
from . import (
    calls,
    comments,
    comparisons,
    duplicate_keys,
    empty_values,
    expressions,
    fields,
    flow,
    misplaced_expressions,
    missing_names,
    names,
    paths_and_urls,
    suggestions,
)
from .fix import Fix, Maker

FIXES: dict[str, Maker] = {
    registry.DUPLICATE_KEY: duplicate_keys.remove_second,
    registry.TAG: fields.remove_tag,
    registry.CHARACTER: fields.remove_character,
    registry.UNKNOWN_FIELD: fields.remove_or_rename,
    registry.MISSING_FIELD: fields.add_missing,
    registry.WRONG_TYPE: fields.right_type,
    registry.VALUE: fields.right_value,
    registry.DURATION: fields.duration,
    registry.EMPTY: empty_values.fill,
    registry.COMBINATION: fields.remove,
    registry.NOT_A_WORKFLOW: empty_values.workflow,
    registry.OTHER_TYPES_FIELD: fields.remove,
    registry.UNKNOWN_PARTICIPANT: names.declare_participant,
    registry.RESERVED_NAME: names.rename_everywhere,
    registry.DUPLICATE_NAME: names.rename_here,
    registry.UNKNOWN_TARGET: names.declare_participant,
    registry.INLINE_REFERENCE: names.move_to_participants,
    registry.UNREADABLE_NAME: names.readable,
    registry.EXPRESSION_SYNTAX: expressions.syntax,
    registry.UNDECLARED: expressions.name,
    registry.UNKNOWN_FUNCTION: suggestions.replace,
    registry.NO_SUCH_FIELD: suggestions.replace,
    registry.EXPRESSION_TYPE: comparisons.addable,
    registry.NOT_A_CONDITION: comparisons.condition,
    registry.NEVER_TRUE: comparisons.comparable,
    registry.LITERAL_LIKE_EXPRESSION: suggestions.guess,
    registry.IMPOSSIBLE: suggestions.replace,
    registry.RETRY_WITHOUT_CONFIG: fields.add_retry,
    registry.MAY_NOT_HAVE_RUN: expressions.guard,
    registry.UNUSED_PARTICIPANT: fields.remove_entry,
    registry.CONSTANT_CONDITION: fields.remove_condition,
    registry.UNUSED_RETRY: fields.remove,
    registry.UNUSED_TIMEOUT: fields.remove,
    registry.FALLBACK_CYCLE: flow.no_way_back,
    registry.UNLIMITED_LOOP: fields.add_max,
    registry.UNKNOWN_LAST: flow.known_last,
    registry.UNREACHABLE: flow.limit,
    registry.NO_ROUND: flow.one_round,
    registry.ZERO_DURATION: flow.some_time,
    registry.UNUSED_INPUT: fields.remove_entry,
    registry.NO_SUB_WORKFLOW: paths_and_urls.workflow_file,
    registry.MISSING_INPUT: calls.add_inputs,
    registry.UNKNOWN_INPUT: fields.remove_or_rename,
    registry.BAD_DEFAULT: fields.right_default,
    registry.IMPOSSIBLE_OUTPUT: calls.required_output,
    registry.LOST_OUTPUT: missing_names.add_as,
    registry.UNDECLARED_INPUT: names.declare_input,
    registry.UNLISTED_FIELD: suggestions.replace,
    registry.UNSET_KEY: suggestions.replace,
    registry.UNKNOWN_SUPPRESSION: suggestions.guess,
    registry.UNUSED_SUPPRESSION: comments.unused,
    registry.PASTED_EXPRESSION: misplaced_expressions.evaluated,
    registry.SHELL_VARIABLE: suggestions.guess,
    registry.ADDRESS: paths_and_urls.address,
    registry.FOLDER: paths_and_urls.folder,
    registry.MCP_SERVER: suggestions.guess,
}
# What only seems to be unused while another mistake hides who uses it.
_LAST = (registry.UNUSED_INPUT, registry.UNUSED_PARTICIPANT, registry.UNUSED_SUPPRESSION)
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


def together(fixes: Iterable[Fix]) -> tuple[TextEdit, ...]:
    """The edits of all fixes that do not get into each other's way."""
    taken: list[TextEdit] = []
    for fix in fixes:
        if not any(_touches(edit, taken) for edit in fix.edits):
            for edit in fix.edits:
                insort(taken, edit)
    return tuple(taken)


def preferred(analysis: Analysis, diagnostic: Diagnostic) -> Fix | None:
    """The one sensible way to mend a diagnostic, if there is one."""
    return next((fix for fix in fixes_of(analysis, diagnostic) if fix.preferred), None)


def _better(analysis: Analysis, edits: tuple[TextEdit, ...], only: Container[str]) -> Analysis | None:
    """The analysis after edits, if fewer of these mistakes are there then and the text is no more broken. What
    was hidden behind a mistake may be seen then."""
    after = analyse(apply(analysis.document.text, edits), analysis.path, analysis)
    before, now = (Counter(d.code for d in one.diagnostics) for one in (analysis, after))
    if any(now[code] > before[code] for code in now if code.startswith(_TEXT)):
        return None
    fewer = any(now[code] < before[code] for code in before if code in only)
    return after if fewer else None


def _touches(edit: TextEdit, others: list[TextEdit]) -> bool:
    """Whether an edit has a place in common with one of others, which are in the order of the text."""
    following = bisect_left(others, (edit.start,))
    after, before = others[following : following + 1], others[max(0, following - 1) : following]
    return any(other.start <= edit.end for other in after) or any(edit.start <= other.end for other in before)


__all__ = [
    "FIXES",
    "Fix",
    "TextEdit",
    "apply",
    "between",
    "fix_all",
    "fixes_of",
    "introduces_errors",
    "preferred",
    "together",
]
