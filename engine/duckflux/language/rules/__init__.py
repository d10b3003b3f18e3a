"""The semantic rules, one a file. `LOOKS_AT` says which kinds of things a rule is shown: a `Unit` (a participant
or a step of the flow, as nodes), a `Section` (another field at the top), a `Participant`, a step (`Call`,
`Loop`, ...), an `Expression`, a `PlainText`, the `Output`, or the `Workflow`. `check` gives the problems of one
of them; what else it needs to know it asks `look`.

docs/contributing-rules.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from ..look import Look
from ..source import Problem
from . import (
    address,
    bad_default,
    cannot_merge,
    constant_condition,
    duplicate_name,
    expressions,
    fallback_cycle,
    folder,
    impossible_output,
    inline_reference,
    literal_like_expression,
    lost_output,
    mcp_server,
    merge_key,
    no_round,
    not_yet_run,
    out_of_place,
    parallel_race,
    pasted_expression,
    portability,
    retry_config,
    shell_variable,
    sub_workflow,
    unknown_last,
    unknown_participant,
    unknown_target,
    unlimited_loop,
    unreachable,
    until_cannot_change,
    unused_input,
    unused_participant,
    unused_retry,
    unused_timeout,
    zero_duration,
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
    unreachable,
    no_round,
    zero_duration,
    lost_output,
    pasted_expression,
    shell_variable,
    address,
    folder,
    mcp_server,
)
