"""`duckflux new`: what it writes is valid, runs at once, and passes its tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from duckflux.cli.main import main
from duckflux.language.analysis import analyse
from duckflux.templates import templates

TEMPLATES = pytest.mark.parametrize("name", templates())
RUNS_AT_ONCE = [name for name in templates() if name != "approval"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@TEMPLATES
def test_a_template_is_valid_and_its_tests_pass(name: str, folder: Path, capfd) -> None:
    assert main(["new", name, "mine"]) == 0
    text = (folder / "mine.duck.yaml").read_text()
    assert not analyse(text, folder / "mine.duck.yaml").diagnostics
    assert "id: mine\n" in text
    assert main(["test", "mine.ducktest.yaml"]) == 0
    assert " 0 failed" in capfd.readouterr().out


@pytest.mark.parametrize("name", RUNS_AT_ONCE)
def test_a_template_runs_at_once(name: str, folder: Path) -> None:
    assert main(["new", name]) == 0
    command = [sys.executable, "-m", "duckflux", "run", "--quiet", f"{name}.duck.yaml"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_it_says_what_to_do_next(capfd) -> None:
    assert main(["new", "ci", "sub/release.flow.yaml"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "written: sub/release.flow.yaml, sub/release.ducktest.yaml",
        "run it:  duckflux run sub/release.flow.yaml",
        "test it: duckflux test sub/release.ducktest.yaml",
    ]
    assert main(["test", "sub"]) == 0


def test_nothing_is_overwritten(folder: Path, capfd) -> None:
    (folder / "ci.ducktest.yaml").write_text("mine")
    assert main(["new", "ci"]) == 1
    assert capfd.readouterr().err == "duckflux: error: ci.ducktest.yaml exists already\n"
    assert [path.name for path in folder.iterdir()] == ["ci.ducktest.yaml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["approvel"], "there is no template `approvel`: did you mean `approval`?"),
        (["ci", "my workflow"], "'my workflow' cannot be the name of a workflow"),
        (["ci", "/dev/null/x"], "/dev/null/x.duck.yaml: "),
    ],
)
def test_mistakes_are_told(arguments: list[str], said: str, capfd) -> None:
    assert main(["new", *arguments]) == 1
    assert said in capfd.readouterr().err


def test_without_a_terminal_the_templates_are_listed(capfd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, PTH123
    assert main(["new"]) == 0
    assert [line.split()[0] for line in capfd.readouterr().out.splitlines()] == list(templates())
