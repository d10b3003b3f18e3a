"""The semantic rules, one a file. `LOOKS_AT` says which kinds of things a rule is shown: a `Unit` (a participant
or a step of the flow, as nodes), a `Section` (another field at the top), a `Participant`, a step (`Call`,
`Loop`, ...), an `Expression`, a `PlainText`, the `Output`, or the `Workflow`. `check` gives the problems of one
of them; what else it needs to know it asks `look`.

docs/contributing-rules.md tells how to add one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from ...semantics.query_context import QueryContext
from ...syntax import Problem
from . import (
    cannot_merge,
    constant_condition,
    duplicate_name,
    expressions,
    fallback_cycle,
    impossible_output,
    inline_reference,
    invalid_default,
    invalid_url,
    last_without_max,
    literal_like_expression,
    loop_and_event_scope,
    loop_never_runs,
    merge_key,
    misplaced_expression,
    missing_folder,
    parallel_race,
    portability,
    read_before_run,
    retry_config,
    shell_variable,
    sub_workflow,
    unknown_mcp_server,
    unknown_participant,
    unknown_target,
    unlimited_loop,
    unreachable,
    until_cannot_change,
    unused_input,
    unused_participant,
    unused_result,
    unused_retry,
    unused_timeout,
    zero_duration,
)


class RuleModule(Protocol):
    @property
    def LOOKS_AT(self) -> tuple[type, ...]: ...  # noqa: N802

    def check(self, subject: Any, context: QueryContext, /) -> Iterator[Problem]: ...


RULES: tuple[RuleModule, ...] = (
    unknown_participant,
    unknown_target,
    duplicate_name,
    inline_reference,
    retry_config,
    merge_key,
    read_before_run,
    loop_and_event_scope,
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
    last_without_max,
    portability,
    invalid_default,
    sub_workflow,
    impossible_output,
    unreachable,
    loop_never_runs,
    zero_duration,
    unused_result,
    misplaced_expression,
    shell_variable,
    invalid_url,
    missing_folder,
    unknown_mcp_server,
)
