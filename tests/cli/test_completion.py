"""`duckflux completion`, tried in the shell itself."""

from __future__ import annotations

import os
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
    assert completions("ru") == ["run", "runs"]
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


@pytest.fixture
def live_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `duckflux` that lists three runs."""
    program = tmp_path / "bin" / "duckflux"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$*" = "ps --quiet" ] && printf "8f07-a\\n8f07-b\\n31c2\\n"\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


TAKES_AN_ID = (("attach",), ("cancel",), ("logs",), ("emit", "approved", "--run"))


def test_the_ids_of_live_runs(completions, live_runs) -> None:
    for words in TAKES_AN_ID:
        assert completions(*words, "8f") == ["8f07-a", "8f07-b"]


def test_the_ids_of_live_runs_in_fish(live_runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    assert main(["completion", "fish"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    for words in TAKES_AN_ID:
        press_tab = f"source script; complete -C 'duckflux {' '.join(words)} 8f'"
        environment = os.environ | {"HOME": str(tmp_path)}
        done = subprocess.run(
            ["fish", "--no-config", "-c", press_tab],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["8f07-a", "8f07-b"]


# A zsh in a terminal of its own, in which a person presses the tab key and then a key that notes the line.
ZSH = """
zmodload zsh/zpty
zpty session zsh -f -i
zpty -w session 'autoload -U compinit; compinit -D -u; eval "$(<script)"'
zpty -w session 'note() { print -r -- "$BUFFER" >>lines; zle send-break }; zle -N note; bindkey "^X" note'
zpty -w session 'bindkey "^I" complete-word; : >ready'
while [[ ! -e ready ]]; do sleep 0.02; done
for ((number = 1; number <= $#; number++)); do
  zpty -w -n session $'\x15'"${argv[number]}"$'\t\x18'
  while [[ ! -e lines || $(wc -l <lines) -lt number ]]; do zpty -r -t session said; sleep 0.02; done
done
"""


def test_the_ids_of_live_runs_in_zsh(live_runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    assert main(["completion", "zsh"]) == 0
    (tmp_path / "script").write_text(capsys.readouterr().out)
    typed = [f"duckflux {' '.join(words)} 3" for words in TAKES_AN_ID]
    subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", *typed], cwd=tmp_path, check=True, timeout=60)
    lines = (tmp_path / "lines").read_text().splitlines()
    assert [line.strip() for line in lines] == [f"{line}1c2" for line in typed]
