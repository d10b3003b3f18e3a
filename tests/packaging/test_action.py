"""The GitHub Action: the scripts of its steps, run as GitHub does."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")


class Job:
    """A job's folder, and what its steps leave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.path = sysconfig.get_path("scripts")

    def run(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        step = STEPS[name]
        given = {key: value["default"] for key, value in ACTION["inputs"].items()}
        given |= {key.replace("_", "-"): value for key, value in inputs.items()}
        own: dict[str, Any] = {
            key: _INPUT.sub(lambda match: given[match[1]], value) for key, value in step["env"].items()
        }
        own |= {f"GITHUB_{file}": str(self.file(file)) for file in ("PATH", "OUTPUT", "STEP_SUMMARY")}
        own |= {"GITHUB_ACTIONS": "true", "GITHUB_ACTION_PATH": str(ROOT), "RUNNER_TEMP": str(self.temporary)}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={**os.environ, **own, "PATH": f"{self.path}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def file(self, name: str) -> Path:
        return self.temporary / name


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_it_annotates_mistakes(job: Job) -> None:
    (job.folder / "a b.duck.yaml").write_text("flow:\n  - absent\n")
    checked = job.run("Check workflows")
    assert checked.returncode == 1
    assert "::error file=a b.duck.yaml,line=2," in checked.stdout
    (job.folder / "a b.duck.yaml").write_text("flow:\n  - {type: exec, run: ls}\n")
    assert job.run("Check workflows").returncode == 0


def test_it_checks_the_files_that_are_named(job: Job) -> None:
    (job.folder / "wrong.duck.yaml").write_text("flow:\n  - absent\n")
    for name in ("one", "two"):
        (job.folder / f"{name}.duck.yaml").write_text("flow:\n  - {type: exec, run: ls}\n")
    assert job.run("Check workflows", files="one.duck.yaml\ntwo.duck.yaml\n").returncode == 0


GREET = """
inputs: {who: {default: world}}
flow:
  - {as: greet, type: exec, input: {WHO: workflow.inputs.who}, run: 'printf "hello %s\\n$PWD" "$WHO"'}
"""


def test_it_runs_a_workflow_with_a_summary_and_an_output(job: Job) -> None:
    (job.folder / "greet.duck.yaml").write_text(GREET)
    ran = job.run("Run the workflow", run="greet.duck.yaml", inputs='{"who": "$(id)"}', trace_dir="traces")
    assert ran.returncode == 0, ran.stderr
    first, *lines, last = job.file("OUTPUT").read_text().splitlines()
    assert lines == ["hello $(id)", str(job.folder)]
    assert first == f"output<<{last}"
    assert "| greet | ✓" in job.file("STEP_SUMMARY").read_text()
    assert len(list((job.folder / "traces").glob("*.json"))) == 1


def test_a_run_that_fails_fails_the_step(job: Job) -> None:
    (job.folder / "w.duck.yaml").write_text("flow:\n  - {as: broken, type: exec, run: exit 3}\n")
    ran = job.run("Run the workflow", run="w.duck.yaml")
    assert ran.returncode == 2
    assert "::error " in ran.stderr + ran.stdout


@pytest.mark.skipif(
    "DUCKFLUX_PACKAGING" not in os.environ, reason="INSTALLATION NOT TRIED: set DUCKFLUX_PACKAGING=1"
)
def test_it_installs_from_where_it_is(job: Job) -> None:
    installed = job.run("Install duckflux", extras="")
    assert installed.returncode == 0, installed.stderr
    job.path = job.file("PATH").read_text().strip()
    (job.folder / "w.duck.yaml").write_text("flow:\n  - {type: exec, run: ls}\n")
    assert job.run("Check workflows").returncode == 0
