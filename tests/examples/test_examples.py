"""Every example is free of diagnostics, runs as a real process, says what it should and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
WORKFLOWS = sorted(EXAMPLES.glob("*.duck.yaml"))
BROKEN = EXAMPLES / "broken.duck.yaml"
RIGHT = [path for path in WORKFLOWS if path != BROKEN]

EXPECTED: dict[str, Callable[[Any], bool]] = {
    "hello": lambda out: out == "hello, world (3), goodbye",
    "ci": lambda out: (
        out
        == {
            "checks": ["compile", "lint", "data", "tests"],
            "linter": "scripts/lint.py",
            "data_retries": 1,
            "bundled": True,
        }
    ),
    "release-notes": lambda out: (
        out.startswith("# 1.4.0")
        and "- **Breaking:** exit code 2 when a run ends as failure (e6612b9)" in out
    ),
    "review-loop": lambda out: out["approved"] is True and out["rounds"] == 3,
    "etl": lambda out: (
        out == {"total": 230.25, "countries": {"DE": 150.0, "FR": 80.25}, "rejected": ["A-1004", "A-1006"]}
    ),
    "events": lambda out: out == ["RED", "GREEN", "BLUE"],
    "deploy": lambda out: (
        out["deployed"]
        == [
            {"environment": "staging", "version": "2.1.0", "watched": False},
            {"environment": "production", "version": "2.1.0", "watched": True},
        ]
    ),
    "deploy-one": lambda out: out == {"environment": "staging", "version": "2.1.0", "watched": False},
    "backup": lambda out: out == {"nights": 3, "kept": 2, "restored_files": 2},
}


def name_of(path: Path) -> str:
    return path.name.removesuffix(".duck.yaml")


def duckflux(*arguments: str | Path, cwd: Path, temp: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "duckflux", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "TMPDIR": str(temp or cwd)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
    )


def tree() -> set[Path]:
    # A test beside this one may import a module of this folder: its byte code is not a workflow's doing.
    cache = EXAMPLES / "__pycache__"
    return {path for path in EXAMPLES.rglob("*") if path != cache and cache not in path.parents}


def test_each_example_has_an_expectation() -> None:
    assert {name_of(path) for path in RIGHT} == set(EXPECTED)


def test_the_readme_names_each_example() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in WORKFLOWS if f"]({path.name})" not in text] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_says_how_to_run_it(path: Path) -> None:
    top = path.read_text(encoding="utf-8").split("id:")[0]
    assert top.startswith("# ")
    assert f"examples/{path.name}" in top


@pytest.mark.parametrize("path", RIGHT, ids=name_of)
def test_has_no_diagnostics(path: Path, tmp_path: Path) -> None:
    done = duckflux("lint", path, cwd=tmp_path)
    assert (done.stdout, done.stderr, done.returncode) == ("valid\n", "", 0)


@pytest.mark.parametrize("path", RIGHT, ids=name_of)
def test_runs(path: Path, tmp_path: Path) -> None:
    temp = tmp_path / "temp"
    elsewhere = tmp_path / "elsewhere"
    temp.mkdir()
    elsewhere.mkdir()
    inputs = path.with_name(f"{path.name}.inputs.json")
    before = tree()

    given: list[str | Path] = ["--input-file", inputs] if inputs.exists() else []
    done = duckflux("run", *given, path, cwd=elsewhere, temp=temp)

    assert done.returncode == 0, done.stderr
    try:
        output = json.loads(done.stdout)
    except ValueError:
        output = done.stdout.rstrip("\n")
    assert EXPECTED[name_of(path)](output), output
    assert tree() == before
    assert list(elsewhere.iterdir()) == []
    assert list(temp.iterdir()) == []


def test_the_broken_one_shows_its_mistakes_and_never_runs(tmp_path: Path) -> None:
    done = duckflux("lint", BROKEN, cwd=tmp_path)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    for words in ("timeout", "5m", "test", "`until` or `max`", "`==`"):
        assert words in said
    assert said.count("error: ") >= 5
    assert duckflux("run", BROKEN, cwd=tmp_path).returncode == 1


def test_the_tests_of_examples_pass(tmp_path: Path) -> None:
    done = duckflux("test", EXAMPLES, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed, 0 failed" in done.stdout
