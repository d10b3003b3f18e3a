"""What the real shellcheck says of commands, at the right words; skipped where it is not installed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from duckflux import shellcheck
from duckflux.cli.main import main
from duckflux.language.analysis import Analysis, analyse
from duckflux.language.lint.settings import LintSettings
from duckflux.language.registry import Severity
from duckflux.shellcheck import add_shellcheck_diagnostics, check_new_commands

needs_it = pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")


def checked(text: str, lint: LintSettings | None = None) -> Analysis:
    analysis = analyse(text)
    check_new_commands(analysis, lint or LintSettings())
    return add_shellcheck_diagnostics(analysis, lint or LintSettings())


def said(text: str, lint: LintSettings | None = None) -> list[tuple[str, str]]:
    """(code, the selected text) of each of its findings."""
    found = checked(text, lint).diagnostics
    return [(d.code, text[d.start : d.end]) for d in found if d.code.startswith("SC")]


@needs_it
@pytest.mark.parametrize(
    "text",
    [
        "flow: [{type: exec, as: 🦆, run: rm $FILE}]",
        "flow:\n  - type: exec\n    run: 'echo ''🦆''; rm $FILE'\n",
        'flow:\n  - type: exec\n    run: "echo \\"é\\";\\n rm $FILE"\n',
        "flow:\n  - type: exec\n    run: |\n      cd / || exit\n\n      \trm $FILE\n",
        "flow:\r\n  - type: exec\r\n    run: >-\r\n      echo a;\r\n      rm $FILE\r\n",
        "participants:\n  a: {type: exec, run: ls}\nflow:\n  - a: {run: rm $FILE}\n",
    ],
)
def test_the_guilty_words_are_selected(text: str) -> None:
    assert said(text) == [("SC2086", "$FILE")]


@needs_it
def test_severities_and_order() -> None:
    text = "flow:\n  - nobody\n  - {type: exec, run: 'if true; then rm $FILE'}\n"
    found = checked(text).diagnostics
    assert found[0].code == "DF301"
    assert {d.severity for d in found[1:]} <= {Severity.WARNING, Severity.INFORMATION}
    assert Severity.WARNING in {d.severity for d in found[1:]}


@needs_it
def test_what_the_input_gives_is_no_mistake() -> None:
    assert said("flow: [{type: exec, run: 'echo \"$name\"', input: {name: '\"duck\"'}}]") == []


@needs_it
def test_its_own_comments_silence_it() -> None:
    assert said("flow:\n  - type: exec\n    run: |\n      # shellcheck disable=SC2086\n      rm $A\n") == []


@needs_it
def test_it_can_be_switched_off() -> None:
    assert said("flow: [{type: exec, run: rm $FILE}]", LintSettings(shellcheck=False)) == []


@needs_it
def test_a_script_is_asked_about_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    run = shellcheck._run
    monkeypatch.setattr(shellcheck, "_cache", {})
    monkeypatch.setattr(shellcheck, "_run", lambda arguments: asked.append(arguments) or run(arguments))
    text = "flow:\n  - {type: exec, run: rm $A}\n  - {type: exec, run: rm $B}\n  - {type: exec, run: rm $A}\n"
    assert [code for code, _ in said(text)] == ["SC2086"] * 3
    assert len(said(text)) == 3
    assert len(asked) == 1


@needs_it
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit", "full"])
def test_lint_shows_it_in_every_format(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "w.duck.yaml"
    path.write_text("flow: [{type: exec, run: rm $FILE}]")
    assert main(["lint", "--format", form, str(path)]) == 0
    out = capsys.readouterr().out
    assert "SC2086" in out
    if form == "sarif":
        assert json.loads(out)["runs"][0]["results"][0]["ruleId"] == "SC2086"


def test_without_it_nothing_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shellcheck, "_cache", {})
    monkeypatch.setenv("PATH", str(tmp_path))
    analysis = analyse("flow: [{type: exec, run: rm $FILE}]")
    assert not check_new_commands(analysis, LintSettings())
    assert add_shellcheck_diagnostics(analysis, LintSettings()) is analysis


def test_a_broken_one_is_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "shellcheck"
    program.write_text("#!/bin/sh\necho 'not JSON'\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(shellcheck, "_cache", {})
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said("flow: [{type: exec, run: rm $FILE}]") == []


@needs_it
@pytest.mark.parametrize("path", ["bin", "", ".", "{project}/bin", "{project}/link"])
def test_what_the_workspace_brings_is_not_run(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "link").symlink_to("bin")
    for folder in (tmp_path, tmp_path / "bin"):
        (folder / "shellcheck").write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
        (folder / "shellcheck").chmod(0o755)
    here = path.format(project=tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shellcheck, "_cache", {})
    monkeypatch.setenv("PATH", f"{here}{os.pathsep}{os.environ['PATH']}")
    workflow = tmp_path / "flows" / "a.duck.yaml"
    assert check_new_commands(analyse("flow: [{type: exec, run: rm $FILE}]", workflow), LintSettings())
    assert not (tmp_path / "was-run").exists()


def test_what_was_said_first_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answered(_: str, scripts: list[str]) -> list[tuple[shellcheck.Finding, ...]]:
        asked.extend(scripts)
        return [() for _ in scripts]

    monkeypatch.setattr(shellcheck, "_program", lambda _: "shellcheck")
    monkeypatch.setattr(shellcheck, "_findings", answered)
    monkeypatch.setattr(shellcheck, "_cache", {})
    monkeypatch.setattr(shellcheck, "_MAX_CACHED", 3)
    for script in ("a", "b", "c", "d", "b", "a"):
        checked(f"flow: [{{type: exec, run: {script}}}]\n")
    assert asked == ["a", "b", "c", "d", "a"]
