"""`duckflux completion`, tried in the shell itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from duckflux.cli.completion import SHELLS
from duckflux.cli.main import main

# Presses the tab key at the end of the words, as bash does it.
PRESS_TAB = """
source ./script
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_shtab_duckflux
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def completions(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What bash offers after `duckflux` and these words, the last one half-typed."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    assert main(["completion", "bash"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    (tmp_path / "deploy.duck.yaml").touch()

    def press_tab(*words: str) -> list[str]:
        command = ["bash", "-c", PRESS_TAB, "bash", "duckflux", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.split()

    return press_tab


def test_commands(completions) -> None:
    assert completions("ru") == ["run"]
    assert completions("") >= ["cel"]


def test_options_and_their_values(completions) -> None:
    assert "--trace-dir" in completions("run", "--trace")
    assert completions("run", "--trace-format", "sq") == ["sqlite"]


def test_files(completions) -> None:
    assert "deploy.duck.yaml" in completions("run", "de")
    assert "deploy.duck.yaml" in completions("lint", "de")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_gets_every_command(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("run", "lint", "validate", "trace", "progress-events"))


def test_the_ids_of_live_runs(completions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "duckflux"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$*" = "ps --quiet" ] && printf "8f07-a\\n8f07-b\\n31c2\\n"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    for words in (("attach",), ("cancel",), ("logs",), ("emit", "approved", "--run")):
        assert completions(*words, "8f") == ["8f07-a", "8f07-b"]
