"""Constant expressions: those without a variable, which have one value in every run."""

from __future__ import annotations

from typing import Any

from ... import cel
from .expression_reads import mentions_of


def constant_value(text: str) -> Any:
    """Return the value of a constant expression, None for any other and for an invalid one."""
    if mentions_of(text) or cel.parse(text).errors:
        return None
    try:
        return cel.compile(text)({})
    except cel.CelError:
        return None
