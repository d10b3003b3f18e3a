"""Reads what a step reports about the tokens that its models took, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any, NamedTuple, TypeVar

import msgspec

from duckflux.json_text import parse_json

from .model import Step

_INPUT = ("input_tokens", "prompt_tokens", "inputTokens", "promptTokens")
_OUTPUT = ("output_tokens", "completion_tokens", "outputTokens", "completionTokens")
_TOTAL = ("total_tokens", "totalTokens")
_COST = ("total_cost_usd", "cost_usd", "costUsd", "cost")
# What flows through these is the output of other steps.
_PASSING = frozenset(("workflow", "set", "if", "loop", "parallel", "wait", "emit"))

Amount = TypeVar("Amount", int, float, "Usage")


class Usage(NamedTuple):
    """Tokens that models read and wrote, and the cost in US dollars; None where nothing tells."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:  # type: ignore[override]
        return Usage(
            added(self.input_tokens, other.input_tokens),
            added(self.output_tokens, other.output_tokens),
            added(self.total_tokens, other.total_tokens),
            added(self.cost, other.cost),
        )

    def __str__(self) -> str:
        tokens = self.total_tokens
        parts = [f"{short_number(tokens)} tokens"] if tokens is not None else []
        return " · ".join([*parts, *([f"${self.cost:.2f}"] if self.cost is not None else [])])


def usage_of(step: Step) -> Usage | None:
    """Return the usage in a step's output: a map with `usage`, as model APIs and command lines give it."""
    return None if step.reused else reported_usage(step.type, step.output)


def reported_usage(type_: str, output: Any) -> Usage | None:
    """Return the usage that the output of a step of this type reports, None if it reports none."""
    output = None if type_ in _PASSING else _decoded(output)
    if not isinstance(output, dict):
        return None
    reported = output.get("usage")
    reported = reported if isinstance(reported, dict) else {}
    read, written = _count(reported, _INPUT), _count(reported, _OUTPUT)
    total = _count(reported, _TOTAL)
    if total is None and (read is not None or written is not None):
        total = (read or 0) + (written or 0)
    cost = _amount(reported, _COST)
    if cost is None and (reported or "total_cost_usd" in output):
        cost = _amount(output, _COST)
    found = Usage(read, written, total, cost)
    return found if any(part is not None for part in found) else None


def total_usage(steps: Iterable[Step]) -> Usage | None:
    """Return the sum of what steps report, None if none reports any."""
    return reduce(added, map(usage_of, steps), None)


def added(one: Amount | None, other: Amount | None) -> Amount | None:
    """Return the sum of two amounts, either of which may be unknown."""
    return other if one is None else one if other is None else one + other


def short_number(number: int) -> str:
    """Return a count as people read it: 950, 12.3k, 4.5M."""
    for unit, size in (("M", 1_000_000), ("k", 1_000)):
        if number >= size:
            return f"{number / size:.1f}".removesuffix(".0") + unit
    return str(number)


def _decoded(output: Any) -> Any:
    if not isinstance(output, msgspec.Raw):
        return output
    # A look at the text spares decoding outputs that report nothing.
    text = bytes(output)
    return parse_json(text) if b'"usage"' in text or b'"total_cost_usd"' in text else None


def _count(values: dict[str, Any], names: tuple[str, ...]) -> int | None:
    value = _first(values, names)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _amount(values: dict[str, Any], names: tuple[str, ...]) -> float | None:
    value = _first(values, names)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e12 else None


def _first(values: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((values[name] for name in names if name in values), None)
