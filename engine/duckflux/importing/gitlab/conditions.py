"""Says when a job runs: by `rules`, or by `when`."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..tokens import UntranslatableError
from .rules import condition

# What `when` says about a job after jobs that have succeeded, and after one that has failed.
_AFTER_SUCCESS = frozenset(("on_success", "always", "manual", "delayed"))
_AFTER_FAILURE = frozenset(("on_failure", "always"))


class Conditions(NamedTuple):
    """The conditions of a job in CEL: empty if it always runs, `false` if never; and if somebody starts it."""

    when: str
    after_failure: str
    is_manual: bool


def of_when(when: str, wanted: str) -> Conditions:
    """Return the conditions of a job without rules. Raises UntranslatableError."""
    if when == "never":
        raise UntranslatableError("it never runs", "when: never")
    return Conditions(
        wanted if when in _AFTER_SUCCESS else "false",
        wanted if when in _AFTER_FAILURE else "false",
        when == "manual",
    )


def of_rules(given: Any, otherwise: str) -> Conditions:
    """Return the conditions of a job's rules; one without `when` has that of the job.

    Raises UntranslatableError.
    """
    rules = [*_flat(given)]
    if not rules:
        return of_when(otherwise, "")
    tried: list[tuple[str, str]] = []
    for rule in rules:
        if not isinstance(rule, dict) or {"changes", "exists"} & rule.keys():
            raise UntranslatableError("a rule with `changes` or `exists` looks at files", "rules")
        own = condition(str(rule["if"])) if "if" in rule else "true"
        tried.append((own, str(rule.get("when", otherwise))))
    found = Conditions(
        _first_that(tried, _AFTER_SUCCESS),
        _first_that(tried, _AFTER_FAILURE),
        any(when == "manual" for _, when in tried),
    )
    if found.when == found.after_failure == "false":
        raise UntranslatableError("its rules say that it never runs", "rules")
    return found


def _first_that(rules: list[tuple[str, str]], wanted: frozenset[str]) -> str:
    """Return the condition under which the first rule that holds is one of those wanted."""
    found: list[str] = []
    before: list[str] = []
    for own, when in rules:
        if when not in wanted:
            before.append(f"!({own})")
        else:
            found.append(" && ".join([*before, *([own] if own != "true" or not before else [])]))
        if own == "true":
            break
    if "true" in found:
        return ""
    shown = (f"({one})" if len(found) > 1 and " && " in one else one for one in found)
    return " || ".join(shown) or "false"


def _flat(given: Any) -> list[Any]:
    """Return rules in one list: those that are referenced are a list inside."""
    if not isinstance(given, list):
        return []
    return [rule for one in given for rule in (_flat(one) if isinstance(one, list) else [one])]
