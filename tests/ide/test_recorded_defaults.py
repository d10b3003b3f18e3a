"""The code action that writes the inputs of the last run into the workflow, as defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from duckflux.ide.refactors import refactorings
from duckflux.language.analysis import analyse
from duckflux.language.syntax.edits import apply

from .conftest import marked
from .test_observed import Run

TEXT = """
inp|uts:
  who:  # greeted
  count: {type: integer, minimum: 1}  # of times
  target:
    type: string
    # where to
    default: web # for now
  items: {type: array, default: [a]}
  key: {type: string, format: password}
flow: []
"""
INPUTS = {"who": "Ada: x", "count": 3, "target": "on", "items": ["a", {"b": None}], "key": "secret"}


def written(text: str, inputs: Mapping[str, Any]) -> str | None:
    """The text after the action, None if it is not offered."""
    plain, offset = marked(text)
    offered = refactorings(analyse(plain), offset, offset, Run((), inputs))
    found = [one for one in offered if one.title == "Write the inputs of the last run as defaults"]
    return apply(plain, found[0].edits) if found else None


def test_all_inputs_at_once_with_their_comments() -> None:
    after = written(TEXT, INPUTS)
    assert (
        after
        == """inputs:
  who: {default: 'Ada: x'}  # greeted
  count: {type: integer, minimum: 1, default: 3}  # of times
  target:
    type: string
    # where to
    default: on # for now
  items: {type: array, default: ["a", {"b": null}]}
  key: {type: string, format: password}
flow: []
"""
    )
    defaults = {name: one.schema.get("default") for name, one in analyse(after).workflow.inputs.items()}
    assert defaults == INPUTS | {"key": None}


def test_one_input() -> None:
    after = written(TEXT.replace("inp|uts", "inputs").replace("count", "cou|nt"), INPUTS)
    assert after is not None and "default: 3}" in after and "Ada" not in after


@pytest.mark.parametrize("inputs", [{}, {"items": ["a"]}, {"key": "secret"}, {"unknown": 1}])
def test_nothing_new(inputs: Mapping[str, Any]) -> None:
    assert written(TEXT, inputs) is None


def test_not_elsewhere() -> None:
    assert written(TEXT.replace("inp|uts", "inputs").replace("flow", "fl|ow"), INPUTS) is None
