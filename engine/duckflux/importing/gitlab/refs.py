"""Translates `only` and `except` to conditions."""

from __future__ import annotations

from typing import Any

from ..plan import cel_env, cel_text
from ..tokens import UntranslatableError
from .rules import condition, pattern_text

_REF = cel_env("CI_COMMIT_REF_NAME")
_SOURCE = cel_env("CI_PIPELINE_SOURCE")
_SOURCES = {
    "api": "api",
    "chat": "chat",
    "external": "external",
    "external_pull_requests": "external_pull_request_event",
    "merge_requests": "merge_request_event",
    "pipelines": "pipeline",
    "pushes": "push",
    "schedules": "schedule",
    "triggers": "trigger",
    "web": "web",
}
_KINDS = {"branches": "CI_COMMIT_BRANCH", "tags": "CI_COMMIT_TAG"}
_UNTRANSLATABLE = {
    "changes": "it looks at what a commit has changed",
    "kubernetes": "it asks for a cluster of the project",
}


def wanted(only: Any, excepted: Any) -> str:
    """Return the condition of a job with `only` and `except`, empty if it always holds.

    Raises UntranslatableError.
    """
    needed = [_any(part) for part in _parts(only, "only")]
    refused = [_any(part) for part in _parts(excepted, "except")]
    found = [f"({part})" if "||" in part and len(needed + refused) > 1 else part for part in needed]
    return " && ".join([*found, *(f"!({part})" for part in refused)])


def _parts(given: Any, field: str) -> list[list[str]]:
    """Return the groups of conditions, of which each must hold in `only`, and none in `except`."""
    if given is None:
        return []
    fields = given if isinstance(given, dict) else {"refs": given}
    for name in fields:
        if name in _UNTRANSLATABLE:
            raise UntranslatableError(f"`{field}.{name}`: {_UNTRANSLATABLE[name]}", field)
    refs, variables = (_list(fields.get(name)) for name in ("refs", "variables"))
    groups = [[_ref(ref, field) for ref in refs], [condition(text) for text in variables]]
    return [group for group in groups if group]


def _list(given: Any) -> list[str]:
    return [] if given is None else [str(one) for one in given] if isinstance(given, list) else [str(given)]


def _any(conditions: list[str]) -> str:
    return " || ".join(f"({one})" if " && " in one and len(conditions) > 1 else one for one in conditions)


def _ref(ref: str, field: str) -> str:
    if ref in _SOURCES:
        return f"{_SOURCE} == {cel_text(_SOURCES[ref])}"
    if ref in _KINDS:
        return f"{cel_env(_KINDS[ref])} != ''"
    if ref.startswith("/") and ref.rpartition("/")[0]:
        return f"{_REF}.matches({pattern_text(ref)})"
    if "@" in ref:
        raise UntranslatableError(f"`{field}: {ref}` is of one project", field)
    return f"{_REF} == {cel_text(ref)}"
