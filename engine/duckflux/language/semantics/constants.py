"""Expressions without a variable, which have the same value in every run."""

from __future__ import annotations

from typing import Any

from ... import cel
from .expression_reads import mentions_of


def constant_value(text: str) -> Any:
    """The value of an expression that reads nothing; None for any other, and for one that is wrong."""
    if mentions_of(text) or cel.parse(text).errors:
        return None
    try:
        return cel.compile(text)({})
    except cel.CelError:
        return None
