"""The code action that writes an `output` schema from what earlier runs gave."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent
from typing import Any

from duckflux.ide.refactors import refactorings
from duckflux.language.analysis import analyse
from duckflux.language.syntax.edits import apply

from .conftest import marked
from .test_observed import Run

DECLARED = """
    participants:
      review:
        type: exec  # a person
        run: ./re|view
    flow: [review]
"""
INLINE = """
    flow:
      - as: rev|iew
        type: exec
        run: ./review
        output:
          score: {type: number}  # of ten
"""


def written(text: str, outputs: Sequence[Any]) -> str | None:
    """Return the text after the action, None if it is not offered."""
    plain, offset = marked(text)
    offered = refactorings(analyse(plain), offset, offset, Run(outputs))
    found = [one for one in offered if "`output` schema" in one.title]
    after = apply(plain, found[0].edits) if found else None
    assert after is None or not analyse(after).errors
    return after


def test_a_schema_for_several_outputs() -> None:
    outputs = [
        {"score": 1, "verdict": "pass", "notes": ["a"], "ratio": 1, "mixed": 1, "nothing": None},
        {"score": 2, "verdict": "fail", "notes": [], "ratio": 0.5, "mixed": "x", "done": True},
    ] * 3
    assert written(DECLARED, outputs) == dedent("""\
        participants:
          review:
            type: exec  # a person
            run: ./review
            output:
              score: {type: integer, required: true}
              verdict: {type: string, enum: [pass, fail], required: true}
              notes: {type: array, items: {type: string}, required: true}
              ratio: {type: number, required: true}
              done: {type: boolean}
        flow: [review]
        """)


def test_fields_that_are_missing_are_added() -> None:
    after = written(INLINE, [{"score": 1, "by-whom": {"name": "ann"}}])
    assert after is not None
    assert after.endswith(
        "      score: {type: number}  # of ten\n      by-whom: {type: object, required: true}\n"
    )


def test_nothing_new() -> None:
    assert written(INLINE, [{"score": 1}]) is None
    assert written(DECLARED, []) is None
    assert written(DECLARED, ["a text"]) is None
    assert written(DECLARED, [{"only": None}]) is None
