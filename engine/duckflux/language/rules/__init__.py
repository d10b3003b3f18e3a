"""The semantic rules, one a file. `LOOKS_AT` says which kinds of things a rule is shown: a `Unit` (any part of
the workflow, as nodes), a `Participant`, a step (`Call`, `Loop`, ...), an `Expression`, a `PlainText`, the
`Output`, or the `Workflow`. `check` gives the problems of one of them; what else it needs to know it asks `look`.

docs/contributing-rules.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from ..look import Look
from ..source import Problem
from . import (
    bad_default,
    cannot_merge,
    constant_condition,
    duplicate_name,
    expressions,
    fallback_cycle,
    impossible_output,
    inline_reference,
    literal_like_expression,
    merge_key,
    not_yet_run,
    out_of_place,
    parallel_race,
    portability,
    retry_config,
    sub_workflow,
    unknown_last,
    unknown_participant,
    unknown_target,
    unlimited_loop,
    until_cannot_change,
    unused_input,
    unused_participant,
    unused_retry,
    unused_timeout,
)


class Rule(Protocol):
    @property
    def LOOKS_AT(self) -> tuple[type, ...]: ...  # noqa: N802

    def check(self, subject: Any, look: Look, /) -> Iterator[Problem]: ...


RULES: tuple[Rule, ...] = (
    unknown_participant,
    unknown_target,
    duplicate_name,
    inline_reference,
    retry_config,
    merge_key,
    not_yet_run,
    out_of_place,
    cannot_merge,
    expressions,
    literal_like_expression,
    unused_participant,
    unused_input,
    constant_condition,
    fallback_cycle,
    parallel_race,
    until_cannot_change,
    unused_retry,
    unused_timeout,
    unlimited_loop,
    unknown_last,
    portability,
    bad_default,
    sub_workflow,
    impossible_output,
)
