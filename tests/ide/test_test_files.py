"""Completes and hovers in test files (`*.ducktest.yaml`). `|` is the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest
from duckflux.ide.completion import completions
from duckflux.ide.hover import hover
from duckflux.language.syntax import LineIndex
from duckflux.language.test_files import check

WORKFLOW = """\
inputs: {who: }
participants: {build: {type: exec, run: x}}
flow: [build, {as: tell, type: exec, run: x}]
"""
TEST = "workflow: ./w.duck.yaml\ntests:\n  - name: x\n"
OFFERS = {
    "|\n": ["workflow", "tests", "workflow tests"],
    "workflow: |\n": ["./w.duck.yaml"],
    TEST + "    |\n": ["inputs", "environment", "mocks", "events", "run", "expect"],
    TEST + "    inputs: {|}\n": ["who"],
    TEST + "    mocks:\n      |\n": ["build", "tell"],
    TEST + "    mocks:\n      build: 1\n      t|\n": ["tell"],
    TEST + "    mocks: {build: |}\n": [],
    TEST + "    run: [|]\n": ["build", "tell"],
    TEST + "    run:\n      - |\n": ["build", "tell"],
    TEST + "    expect:\n      |\n": ["status", "output", "error", "steps"],
    TEST + "    expect:\n      steps:\n        |\n": ["build", "tell"],
    TEST + "    expect:\n      steps:\n        build: |\n": ["success", "failure", "skipped", "absent"],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A test file beside its workflow."""
    (tmp_path / "w.duck.yaml").write_text(WORKFLOW)
    return tmp_path / "w.ducktest.yaml"


@pytest.mark.parametrize("text", OFFERS)
def test_what_is_offered(path: Path, text: str) -> None:
    before, _, after = text.partition("|")
    offered = completions(LineIndex(before + after), len(before), path)
    assert [candidate.label for candidate in offered] == OFFERS[text]


def test_a_workflow_that_is_not_there_has_no_names(path: Path) -> None:
    text = TEST.replace("w.duck", "other") + "    run: ["
    assert completions(LineIndex(text + "]\n"), len(text), path) == []


def test_what_a_field_means(path: Path) -> None:
    text = TEST + "    mocks: {}\n"
    found = hover(check(text, path), text.index("mocks") + 2)
    assert found is not None
    assert found.text.startswith("`mocks`: map\n\nOutputs by the names of steps")
    assert hover(check(text, path), text.index("w.duck")) is None
