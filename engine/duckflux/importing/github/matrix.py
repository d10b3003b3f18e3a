"""Computes the combinations of a matrix."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from ..plan import cel_text
from ..tokens import UntranslatableError
from .expressions import Translated

_MAX_VARIANTS = 64
# Before `exclude`.
_MAX_COMBINED = 1_000
_COMPUTED = "it is computed while the workflow runs: write the branches by hand"


def combinations(matrix: Any) -> list[dict[str, Any]]:
    """Return the combinations of a matrix, with `include` and `exclude`. Raises UntranslatableError."""
    if not isinstance(matrix, dict):
        raise UntranslatableError(_COMPUTED)
    axes = {key: value for key, value in matrix.items() if key not in ("include", "exclude")}
    lists = [*axes.values(), *(matrix.get(key, []) for key in ("include", "exclude"))]
    if any(not isinstance(value, list) for value in lists):
        raise UntranslatableError(_COMPUTED)
    if (count := math.prod(map(len, axes.values()))) > _MAX_COMBINED:
        raise UntranslatableError(f"it has {count} combinations, more than {_MAX_VARIANTS}")
    found = (
        [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())] if axes else []
    )
    for excluded in matrix.get("exclude", []):
        found = [one for one in found if any(one.get(key) != value for key, value in excluded.items())]
    original = [dict(one) for one in found]
    for included in matrix.get("include", []):
        fits = [
            index
            for index, one in enumerate(original)
            if all(one.get(key, value) == value for key, value in included.items())
        ]
        for index in fits:
            found[index] |= included
        if not fits:
            found.append(dict(included))
    if len(found) > _MAX_VARIANTS:
        raise UntranslatableError(f"it has {len(found)} combinations, more than {_MAX_VARIANTS}")
    return found


def variant_name(variant: Mapping[str, Any]) -> str:
    """Return words for a combination."""
    values = [str(value) for value in variant.values() if isinstance(value, (str, int, float))]
    return "_".join(values)[:32]


def matrix_value(matrix: Mapping[str, Any], keys: list[str]) -> Translated:
    """Return a value of a combination. Raises UntranslatableError."""
    value: Any = matrix
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    match value:
        case None:
            return Translated("''", "string", literal="")
        case bool():
            return Translated(str(value).lower(), "bool", literal=value)
        case int() | float():
            return Translated(str(value), "number", literal=value)
        case str():
            return Translated(cel_text(value), "string", literal=str(value))
    raise UntranslatableError(f"`matrix.{'.'.join(keys)}` is not a single value")
