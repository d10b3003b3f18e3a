"""Reads test files and checks them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from . import registry
from .analysis import Analysis, analysis_of
from .model.workflow import Workflow, step_names
from .schema import Schema, validation
from .semantics.called_workflows import DISK, Files, called_file
from .suggest import closest, did_you_mean
from .syntax import Document, Mapping, Node, Problem, Scalar, Sequence, parse, plain_value


class Case(NamedTuple):
    """One test.

    `events` are names and payloads; `run` are the names of the steps that run without a mock, None for all.
    """

    name: str
    inputs: dict[str, Any]
    environment: dict[str, str]
    mocks: dict[str, Any]
    events: tuple[tuple[str, Any], ...]
    run: frozenset[str] | None
    expect: dict[str, Any]


class Tests(NamedTuple):
    """The tests of one file, and the file of the workflow under test."""

    path: Path
    workflow: Path
    cases: tuple[Case, ...]


@cache
def schema() -> Schema:
    """Return the JSON Schema of test files."""
    found: Schema = msgspec.json.decode(Path(__file__).with_name("ducktest.schema.json").read_bytes())
    return found


def check(
    text: str, path: Path | None = None, previous: Analysis | None = None, files: Files = DISK
) -> Analysis:
    """Return the analysis of a test file's text, like that of a workflow's text.

    The workflow under test is one of `files`. `previous` only saves work.
    """
    document = parse(text, previous.document if previous else None)
    if not isinstance(document.root, Mapping):
        problem = Problem(
            registry.WRONG_TYPE, "a test file is a map with `workflow` and `tests`", document.first_line()
        )
        return analysis_of(document, [] if any(document.errors()) else [problem], path)
    shape = validation.check_against(document.root, schema(), "a test file")
    return analysis_of(document, [*shape, *_check_names(document, path, files)], path)


def read(document: Document, path: Path) -> Tests:
    """Return the tests of a document that has no errors."""
    raw = plain_value(document.root)
    cases = tuple(_case(test) for test in raw["tests"])
    return Tests(path, path.parent / raw["workflow"], cases)


def _case(raw: dict[str, Any]) -> Case:
    run = raw.get("run", False)
    return Case(
        name=raw["name"],
        inputs=raw.get("inputs") or {},
        environment={name: str(value) for name, value in (raw.get("environment") or {}).items()},
        mocks=raw.get("mocks") or {},
        events=tuple((one["event"], one.get("payload")) for one in raw.get("events") or ()),
        run=None if run is True else frozenset(run or ()),
        expect=raw.get("expect") or {},
    )


def workflow_under_test_path(document: Document, path: Path) -> Path | None:
    """Return the file that a test file names as the workflow under test, None if it names none."""
    named = document.root.get("workflow") if isinstance(document.root, Mapping) else None
    return called_file(path, named.text) if isinstance(named, Scalar) and named.text else None


def workflow_under_test(document: Document, path: Path, files: Files = DISK) -> Workflow | None:
    """Return the workflow that a test file names, None if it cannot be read."""
    file = workflow_under_test_path(document, path)
    if file is None:
        return None
    try:
        return files.workflow(file)
    except (OSError, UnicodeDecodeError):
        return None


def _check_names(document: Document, path: Path | None, files: Files) -> Iterator[Problem]:
    """Yield a problem for a workflow that cannot be read, and for each step that the workflow lacks."""
    assert isinstance(document.root, Mapping)  # noqa: S101
    named = document.root.get("workflow")
    if path is None or not isinstance(named, Scalar) or not named.text:
        return
    workflow = workflow_under_test(document, path, files)
    if workflow is None:
        yield Problem(
            registry.INVALID_VALUE, f"workflow file `{named.text}` does not exist or cannot be read", named
        )
        return
    known = step_names(workflow)
    for name in _step_names(document.root.get("tests")):
        if known and name.text not in known:
            suggestion = closest(name.text, known)
            message = f"the workflow has no step `{name.text}`{did_you_mean(suggestion)}"
            yield Problem(registry.UNKNOWN_PARTICIPANT, message, name, suggestion=suggestion)


def _step_names(tests: Node | None) -> Iterator[Scalar]:
    """Yield each name of a step in the tests."""
    for test in tests.items if isinstance(tests, Sequence) else ():
        if not isinstance(test, Mapping):
            continue
        expect = test.get("expect")
        for holder in (test.get("mocks"), expect.get("steps") if isinstance(expect, Mapping) else None):
            if isinstance(holder, Mapping):
                yield from (key for key, _ in holder)
        run = test.get("run")
        if isinstance(run, Sequence):
            yield from (item for item in run.items if isinstance(item, Scalar))
