"""Pipelines that are not what they should be: fields of another shape, and texts that could take for ever."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import yaml
from duckflux.importing.plan import ImportFailedError
from duckflux.importing.writer import workflow_text

GITHUB = """
    name: CI
    'on':
      workflow_dispatch: {inputs: {who: {type: string, default: x, required: true}}}
      workflow_call: {inputs: {a: {type: string}}, outputs: {o: {value: "${{ jobs.a.outputs.v }}"}}}
    env: {A: "1"}
    defaults: {run: {working-directory: src, shell: bash}}
    jobs:
      a:
        env: {B: "${{ matrix.os }}"}
        strategy: {matrix: {os: [a, b], include: [{os: c, extra: d}], exclude: [{os: a}]}}
        outputs: {v: "${{ steps.one.outputs.v }}"}
        timeout-minutes: 5
        if: github.ref == 'x'
        services: {db: {image: pg}}
        steps:
          - {uses: actions/checkout@v4, with: {ref: x}}
          - {id: one, name: One, run: "echo v=1 >> $GITHUB_OUTPUT", env: {C: "2"}, if: always()}
          - {uses: ./.github/actions/x, with: {a: b}, continue-on-error: true, working-directory: x}
      b:
        needs: [a]
        uses: ./.github/workflows/r.yml
        with: {a: "${{ needs.a.outputs.v }}"}
"""
GITLAB = """
    stages: [build, test]
    variables: {A: "1", B: {value: x, description: d}}
    default: {before_script: [echo b], image: x}
    include: [{local: other.yml}]
    .base: {script: [echo base], variables: {C: "3"}}
    build: {stage: build, extends: .base, script: [echo "$A"], retry: {max: 2}, timeout: 5m}
    test:
      needs: [{job: build}]
      rules: [{if: $A == "1", when: on_success, variables: {Z: "1"}}]
      parallel: {matrix: [{X: [a, b]}]}
      script: echo
      after_script: [echo x]
      only: {refs: [main]}
"""
SYSTEMS = {"github.workflow": GITHUB, "gitlab.pipeline": GITLAB}
OTHERS: tuple[Any, ...] = (None, 3, True, "text", [], [3], ["a"], {}, {"a": 3}, {"a": [1]}, [{"a": 1}], [[1]])


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths to all values inside a tree."""
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(node[key], (*path, key))


def replaced(root: Any, path: tuple[Any, ...], value: Any) -> Any:
    root = holder = copy.deepcopy(root)
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return root


def imported(system: str, text: str) -> str:
    try:
        plan = import_module(f"duckflux.importing.{system}").read(text, "x", {}, lambda *_: None)
    except ImportFailedError as error:
        return str(error)
    return workflow_text(plan)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_field_may_have_another_shape(system: str) -> None:
    root = yaml.load(SYSTEMS[system], yaml.BaseLoader)
    for path in places(root):
        for value in OTHERS:
            assert imported(system, yaml.dump(replaced(root, path, value))), (path, value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("steps: 3", "line 4: `steps` must be a list"),
        ("env: [a]\n    steps: []", "line 4: `env` must be a map of fields"),
        ("steps:\n      - 3", "line 5: each item of `steps` must be a map of fields"),
    ],
)
def test_a_wrong_shape_is_told_with_its_line(wrong: str, message: str) -> None:
    assert imported("github.workflow", f"on: push\njobs:\n  a:\n    {wrong}\n") == message


@pytest.mark.parametrize(
    "script",
    ["a" * 500_000, "${{ " * 100_000, "${{ github.sha }} ' " * 4_000, "${{ github.sha } " * 50_000],
    ids=["a word", "open expressions", "expressions", "half open expressions"],
)
def test_long_scripts_take_no_long(script: str) -> None:
    before = time.process_time()
    imported("github.workflow", yaml.dump({"on": "push", "jobs": {"a": {"steps": [{"run": script}]}}}))
    assert time.process_time() - before < 20


def test_many_comments_take_no_long() -> None:
    comments = "      # a\n" * 20_000
    text = f"on: push\njobs:\n  a:\n    steps:\n{comments}      - run: make\n{comments}"
    before = time.process_time()
    assert "make" in imported("github.workflow", text)
    assert time.process_time() - before < 20


@pytest.mark.parametrize(
    ("system", "job"),
    [
        ("github.workflow", {"strategy": {"matrix": {}}, "steps": [{"run": "make"}]}),
        ("gitlab.pipeline", {"parallel": {"matrix": [{}]}, "script": "make"}),
    ],
)
def test_a_matrix_of_a_billion_combinations_is_not_combined(system: str, job: dict[str, Any]) -> None:
    axes = {f"axis{number}": [*range(10)] for number in range(9)}
    if system == "github.workflow":
        job["strategy"]["matrix"] = axes
        text = yaml.dump({"on": "push", "jobs": {"a": job}})
    else:
        job["parallel"]["matrix"][0] = axes
        text = yaml.dump({"a": job})
    plan = import_module(f"duckflux.importing.{system}").read(text, "x", {}, lambda *_: None)
    assert "1000000000 combinations" in str(plan.not_translated)
