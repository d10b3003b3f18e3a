"""The semantic rules: one a file, each a function from the context to problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..context import Context
from ..source import Problem
from . import (
    duplicate_name,
    expressions,
    inline_reference,
    merge_key,
    retry_config,
    unknown_participant,
    unknown_target,
)

RULES: tuple[Callable[[Context], Iterable[Problem]], ...] = (
    unknown_participant.check,
    unknown_target.check,
    duplicate_name.check,
    inline_reference.check,
    retry_config.check,
    merge_key.check,
    expressions.check,
)
