"""CEL's own conformance vectors: what an expression evaluates to, and which type the checker deduces.

The vectors lie in a file named by the environment variable CEL_VECTORS.
"""

from __future__ import annotations

import base64
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from duckflux import cel
from duckflux.cel import types
from duckflux.cel.library.extensions import EXTENDED
from duckflux.cel.values import TypeValue, class_of

ROOT = Path(__file__).resolve().parents[2]
VECTORS = Path(os.environ.get("CEL_VECTORS") or ROOT.parent / "shared" / "cel-spec" / "vectors.jsonl")

# Case -> why this language answers otherwise.
_MISREAD = "the vector expects a backslash that the literal lacks: its source format writes `?` as `\\?`"
DIVERGENCES: dict[str, str] = {
    "parse/bytes_literals/triple_single_quoted_unescaped_punctuation": _MISREAD,
    "parse/bytes_literals/triple_double_quoted_unescaped_punctuation": _MISREAD,
}


def load() -> list[dict[str, Any]]:
    if not VECTORS.is_file():
        return []
    return [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]


CASES = load()


def value_of(tagged: list[Any]) -> Any:
    kind, *rest = tagged
    if kind == "null":
        return None
    if kind == "list":
        return [value_of(item) for item in rest[0]]
    if kind == "map":
        return {value_of(key): value_of(item) for key, item in rest[0]}
    if kind == "timestamp":
        return cel.Timestamp.of(seconds=rest[0], nanos=rest[1])
    if kind == "duration":
        return cel.Duration.of(seconds=rest[0], nanos=rest[1])
    make = {"uint": cel.Uint, "double": float, "bytes": base64.b64decode, "type": TypeValue}.get(kind)
    return make(rest[0]) if make else rest[0]


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same types all the way down."""
    if class_of(left) is not class_of(right):
        return False
    if isinstance(left, float):
        return (math.isnan(left) and math.isnan(right)) or (
            left == right and math.copysign(1, left) == math.copysign(1, right)
        )
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return len(left) == len(right) and all(key in right and same(left[key], right[key]) for key in left)
    return bool(left == right)


def type_of(text: str) -> types.Type:
    """A type as the vectors write it: ``map(string, list(int))``."""
    name, _, rest = text.partition("(")
    if not rest:
        return types.Simple(name)
    parts = split_types(rest[:-1])
    make = {
        "list": types.list_of,
        "map": types.map_of,
        "optional_type": types.optional_of,
        "type": types.TypeType,
    }[name]
    return make(*map(type_of, parts))


def split_types(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def name_of(case: dict[str, Any]) -> str:
    return f"{case['file']}/{case['section']}/{case['name']}"


@pytest.mark.skipif(not CASES, reason=f"NO CONFORMANCE VECTORS: set CEL_VECTORS (looked at {VECTORS})")
def test_vectors_are_read() -> None:
    assert len(CASES) > 1000


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_conformance(case: dict[str, Any]) -> None:
    if name_of(case) in DIVERGENCES:
        pytest.skip(DIVERGENCES[name_of(case)])
    ast = cel.parse(case["expr"], EXTENDED)
    scope = {name: type_of(text) for name, text in case.get("type_env", {}).items()}
    if not case.get("disable_check"):
        checked = cel.check(ast, scope)
        # A vector that asks for an error does not say whether checking or evaluating must give it.
        assert case.get("error") or not checked.problems
        if "deduced_type" in case:
            assert str(checked.type) == case["deduced_type"]
    if not case.get("check_only"):
        check_value(case, ast)


def check_value(case: dict[str, Any], ast: cel.Ast) -> None:
    bindings = {name: value_of(value) for name, value in case.get("bindings", {}).items()}
    if case.get("error"):
        with pytest.raises((cel.EvaluationError, cel.ParseError)):
            cel.compile(ast)(bindings)
        return
    value = cel.compile(ast)(bindings)
    assert same(value, value_of(case["value"])), value
