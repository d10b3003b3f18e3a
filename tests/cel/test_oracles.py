"""The same expression means the same to Google's C++ implementation and, where it conforms, to cel-python."""

from __future__ import annotations

import datetime
import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from duckflux import cel
from hypothesis import HealthCheck, assume, given, settings

sys.path.insert(0, str(Path(__file__).parent))
from expressions import CONTEXT, EXPRESSIONS, PLAIN

google = pytest.importorskip("cel_expr_python.cel")
strings = pytest.importorskip("cel_expr_python.ext.ext_strings")
celpy = pytest.importorskip("celpy")

ERROR = object()
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
REPEATABLE = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])

# A substring up to the very end is an error in the C++ implementation alone.
SUBSTRING = re.compile(r"substring\([^()]*,|substring\(.*\), ")


def test_google() -> None:
    environment = google.NewEnv(
        variables=dict.fromkeys(CONTEXT, google.Type.DYN), extensions=[strings.ExtStrings()]
    )

    @settings(REPEATABLE, max_examples=400)
    @given(EXPRESSIONS)
    def compare(text: str) -> None:
        assume(not SUBSTRING.search(text))
        wanted = by_google(environment, text)
        assert same(ours(text), wanted), (text, ours(text), wanted)

    compare()


def test_celpy() -> None:
    environment = celpy.Environment()
    context = celpy.adapter.json_to_cel(CONTEXT)

    @settings(REPEATABLE, max_examples=100)
    @given(PLAIN)
    def compare(text: str) -> None:
        try:
            wanted = environment.program(environment.compile(text)).evaluate(context)
        except celpy.CELEvalError:
            wanted = ERROR
        assert same(ours(text), from_celpy(wanted)), (text, ours(text), wanted)

    compare()


def from_celpy(value: Any) -> Any:
    if isinstance(value, list):
        return [from_celpy(item) for item in value]
    if isinstance(value, celpy.celtypes.BoolType):
        return bool(value)
    if isinstance(value, celpy.celtypes.IntType):
        return int(value)
    return str(value) if isinstance(value, celpy.celtypes.StringType) else value


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
