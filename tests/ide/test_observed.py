"""Completion offers the fields and values that recorded runs had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from duckflux.ide.completion import completions
from duckflux.ide.recorded_values import Point, RecordedState
from duckflux.language.analysis import analyse
from duckflux.language.syntax import LineIndex

from .conftest import Offered, marked

TEXT = """
    inputs: {{target: {{}}}}
    participants:
      review:
        type: exec
        run: ./review
        output: {{score: {{type: integer}}}}
    flow:
      - review
      - wait: {{event: approved}}
      - as: act
        type: exec
        run: ./act
        when: {0}
"""


class Run(NamedTuple):
    """A run in which `review` gave these outputs."""

    reviews: Sequence[Any] = ()
    variables: Mapping[str, Any] = MappingProxyType({})

    def state(self, point: Point) -> RecordedState | None:
        return RecordedState("", self.variables)

    def outputs(self, name: str) -> Sequence[Any]:
        return self.reviews if name == "review" else ()

    def inputs(self) -> Mapping[str, Any]:
        return self.variables


REVIEWS = (
    {"score": 3, "verdict": "pass", "by": {"name": "ann"}},
    {"score": 1, "verdict": "fail", "why": "too long", "next-step": None},
)


def offered(expression: str, run: Run) -> Offered:
    text, offset = marked(TEXT.format(expression))
    lines, path = LineIndex(text), Path("/w.duck.yaml")
    return Offered(text, completions(lines, offset, path, analyse(text), run=run))


def observed(expression: str, run: Run) -> dict[str, str]:
    found = offered(expression, run).found
    return {one.label: one.detail for one in found if "observed" in one.detail}


def test_fields_after_the_declared_ones() -> None:
    found = offered("review.output.|", Run(REVIEWS))
    assert found.labels[:5] == ["score", "verdict", "by", "why", "next-step"]
    assert [one.detail for one in found.found[:3]] == ["int", "string, observed", "map, observed"]
    assert "when: review.output.`next-step`" in found.chosen("next-step")


@pytest.mark.parametrize(
    ("expression", "fields"),
    [
        ("review.output.by.|", {"name": "string, observed"}),
        ("review.output.ve|rdict", ["verdict", "by", "why", "next-step"]),
        ("event.|", {"who": "string, observed"}),
        ("build.|", {}),
        ("review.|", {}),
    ],
)
def test_fields_of(expression: str, fields: Any) -> None:
    run = Run(REVIEWS, {"event": {"who": "ann"}, "review": {"status": "success"}})
    found = observed(expression, run)
    assert found == fields or [*found] == fields


@pytest.mark.parametrize(
    ("expression", "values", "text"),
    [
        ("review.output.verdict == |", ['"pass"', '"fail"'], 'review.output.verdict == "fail"'),
        ("review.output.verdict == 'p|'", ["pass", "fail"], "review.output.verdict == 'fail'"),
        ("true && '|' != review.output.verdict", ["pass", "fail"], "true && 'fail' != review.output.verdict"),
        ("review.output.score == |", [], ""),
        ("review.output.verdict |", [], ""),
    ],
)
def test_values_that_are_compared(expression: str, values: list[str], text: str) -> None:
    found = offered(expression, Run(REVIEWS))
    assert [*observed(expression, Run(REVIEWS))] == values
    if values:
        assert f"when: {text}\n" in found.chosen(values[1])


def test_many_values_are_no_choice() -> None:
    many = [{"verdict": f"text {number}"} for number in range(11)]
    assert observed("review.output.verdict == |", Run(many)) == {}
    long = [{"verdict": "x" * 41}]
    assert observed("review.output.verdict == |", Run(long)) == {}


def test_types_that_differ() -> None:
    run = Run([{"level": 1}, {"level": "high"}, "no map"])
    assert observed("review.output.|", run) == {"level": "dyn, observed"}
