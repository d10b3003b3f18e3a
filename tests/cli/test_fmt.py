"""`duckflux fmt`."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from duckflux.cli.main import main

LOOSE = "flow:   # all\n-   type: exec\n    run:  ls\n"
NEAT = "flow:   # all\n  - type: exec\n    run: ls\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A loose workflow, a neat one, and a broken one."""
    (tmp_path / "loose.duck.yaml").write_text(LOOSE)
    (tmp_path / "neat.duck.yaml").write_text(NEAT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fmt(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["fmt", *arguments])
    return (code, *capsys.readouterr())


def test_files_are_laid_out(folder, capsys) -> None:
    assert fmt(capsys, ".") == (0, "loose.duck.yaml: formatted\n", "")
    assert (folder / "loose.duck.yaml").read_text() == NEAT
    assert fmt(capsys, ".") == (0, "", "")


def test_check_and_diff_change_nothing(folder, capsys) -> None:
    assert fmt(capsys, "--check", ".") == (1, "loose.duck.yaml: would be formatted\n", "")
    code, out, _ = fmt(capsys, "--diff", ".")
    assert code == 1
    assert out.splitlines()[4:] == ["--   type: exec", "-    run:  ls", "+  - type: exec", "+    run: ls"]
    assert (folder / "loose.duck.yaml").read_text() == LOOSE
    assert fmt(capsys, "--check", "--diff", "neat.duck.yaml") == (0, "", "")


def test_a_broken_file_is_left_alone_and_the_rest_is_done(folder, capsys) -> None:
    (folder / "broken.duck.yaml").write_text("flow:  [a\n")
    code, out, err = fmt(capsys, ".", "gone.yaml")
    assert (code, out) == (1, "loose.duck.yaml: formatted\n")
    assert err.splitlines() == [
        "broken.duck.yaml: error: line 1: unclosed `[`: add a `]`",
        "gone.yaml: error: file does not exist",
    ]
    assert (folder / "broken.duck.yaml").read_text() == "flow:  [a\n"


def test_stdin_to_stdout(capsys, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOOSE.encode())))
    assert fmt(capsys, "-") == (0, NEAT, "")


def test_a_file_that_cannot_be_written_is_said_so(tmp_path, monkeypatch, capsys) -> None:
    path = tmp_path / "a.duck.yaml"
    path.write_text(LOOSE)

    def refuse(self: Path, data: bytes) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert main(["fmt", str(path)]) == 1
    assert capsys.readouterr().err == f"{path}: error: may not be written: permission denied\n"


@pytest.mark.parametrize("command", ["lint", "fmt"])
@pytest.mark.parametrize("name", [".", "*.duck.yaml"])
def test_a_pipe_named_like_a_workflow_is_left_out(tmp_path, monkeypatch, capsys, command, name) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("b.duck.yaml")
    Path("a.duck.yaml").write_text("flow:\n  - type: exec\n    run: echo\n")
    assert main([command, name]) == 0
    assert capsys.readouterr().err == ""


def test_a_pipe_as_a_sub_workflow_is_an_error(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    os.mkfifo("b.duck.yaml")
    Path("a.duck.yaml").write_text("flow:\n  - type: workflow\n    path: b.duck.yaml\n")
    assert main(["lint", "a.duck.yaml"]) == 1
    assert "is a pipe or a device" in "".join(capsys.readouterr())
