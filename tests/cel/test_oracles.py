"""The same expression means the same to Google's C++ implementation and, where it conforms, to cel-python."""

from __future__ import annotations

import datetime
import math
import sys
from pathlib import Path
from typing import Any

import pytest
from duckflux import cel
from hypothesis import given, settings

sys.path.insert(0, str(Path(__file__).parent))
from expressions import CONTEXT, EXPRESSIONS

google = pytest.importorskip("cel_expr_python.cel")
strings = pytest.importorskip("cel_expr_python.ext.ext_strings")
celpy = pytest.importorskip("celpy")

ERROR = object()
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
RELAXED = settings(max_examples=400, deadline=None, print_blob=True)


def test_google() -> None:
    environment = google.NewEnv(
        variables=dict.fromkeys(CONTEXT, google.Type.DYN), extensions=[strings.ExtStrings()]
    )

    @RELAXED
    @given(EXPRESSIONS)
    def compare(text: str) -> None:
        wanted = by_google(environment, text)
        assert same(ours(text), wanted), (text, ours(text), wanted)

    compare()


def ours(text: str) -> Any:
    try:
        return plain(cel.compile(text)(CONTEXT))
    except cel.CelError:
        return ERROR


def by_google(environment: Any, text: str) -> Any:
    try:
        value = environment.compile(text, disable_check=True).eval(data=CONTEXT)
    except Exception:
        return ERROR
    return ERROR if value.type().name() == "ERROR" else plain(value.plain_value())


def plain(value: Any) -> Any:
    """A value of either side as what both can say."""
    if isinstance(value, cel.Timestamp):
        return EPOCH + datetime.timedelta(microseconds=value.nanos // 1_000)
    if isinstance(value, cel.Duration):
        return datetime.timedelta(microseconds=value.nanos // 1_000)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return (
        value
        if isinstance(
            value, (bool, int, float, str, bytes, type(None), datetime.datetime, datetime.timedelta)
        )
        else str(value)
    )


def same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)
