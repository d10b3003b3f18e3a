"""`-` is stdin where a command reads a workflow or a pipeline, and says why not where stdin is for inputs."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from duckflux.cli.main import main

WORKFLOW = "flow:\n  - {as: build, type: exec, run: make}\n"
WRONG = "flow:\n  - absent\n"
OLD = "inputs: {who: {}}\nflow:\n  - {type: exec, input: input.who, run: cat}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))


@pytest.mark.parametrize(
    ("command", "text", "code", "printed"),
    [
        ("fmt -", "flow: [a]   \n", 0, "flow: [a]\n"),
        ("lint -", WRONG, 1, "stdin:2:5: error: flow[0]: unknown participant"),
        ("lint -", WORKFLOW, 0, "valid"),
        ("lint --fix --diff -", "flow:\n  - {type: exec, run: ls, if: x}\n", 1, "+++ b/stdin\n"),
        ("graph - --to mermaid", WORKFLOW, 0, "build"),
        ("migrate -", WORKFLOW, 0, WORKFLOW),
        ("import gitlab-ci -", "a: {script: [make]}\n", 0, "run: make >&2"),
    ],
)
def test_a_text_on_stdin(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    folder: Path,
    command: str,
    text: str,
    code: int,
    printed: str,
) -> None:
    given(monkeypatch, text)
    assert main(command.split()) == code
    assert printed in capfd.readouterr().out
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        ("graph -", "id: x\n", "stdin: error: there is no step to draw: see `duckflux lint`\n"),
        ("graph -", "\udcff", "stdin: error: is not UTF-8 text (byte 0)\n"),
        ("import gitlab-ci -", "a: [", "stdin: error: line 1: "),
        ("lint --fix -", WRONG, "stdin: error: it cannot be watched or changed: name a file\n"),
        ("run -", WORKFLOW, "-: error: stdin is for inputs: write the workflow into a file\n"),
        ("validate -", WORKFLOW, "-: error: stdin is for inputs: write the workflow into a file\n"),
    ],
)
def test_what_cannot_be_done_with_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], command: str, text: str, told: str
) -> None:
    data = text.encode("utf-8", "surrogateescape")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    assert main(command.split()) == 1
    assert capfd.readouterr().err.startswith(told)
