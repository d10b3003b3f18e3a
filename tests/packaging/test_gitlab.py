"""The GitLab template: the scripts of its jobs, run as GitLab's runner does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from .conftest import ROOT

HEADER, TEXT = (ROOT / "gitlab" / "duckflux.yml").read_text().split("\n---\n")
INPUTS: dict[str, dict[str, Any]] = yaml.safe_load(HEADER)["spec"]["inputs"]


class Pipeline:
    """A project's folder, and the jobs of the template with its inputs."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder = folder
        given = {name: field["default"] for name, field in INPUTS.items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        self.jobs = yaml.safe_load(
            re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda match: given[match[1]], TEXT)
        )

    def run(self, name: str, *, installing: bool = False) -> subprocess.CompletedProcess[str]:
        common, job = self.jobs[".duckflux"], self.jobs[name]
        script = [*(common["before_script"] if installing else ()), *job["script"]]
        variables = {**common["variables"], **job["variables"], "CI_PROJECT_DIR": str(self.folder)}
        path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(script)],
            cwd=self.folder,
            env={**os.environ, **variables, "CI": "true", "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def test_every_input_is_used_and_declared() -> None:
    assert set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", TEXT)) == set(INPUTS)


def test_mistakes_are_reported_and_fail_the_job(tmp_path: Path) -> None:
    (tmp_path / "w.duck.yaml").write_text("flow:\n  - absent\n")
    checked = Pipeline(tmp_path).run("duckflux-lint")
    assert checked.returncode == 1
    assert "w.duck.yaml:2:" in checked.stdout + checked.stderr
    report = ElementTree.fromstring((tmp_path / "duckflux.xml").read_text())
    assert report.find(".//failure") is not None
    (tmp_path / "w.duck.yaml").write_text("flow:\n  - {type: exec, run: ls}\n")
    assert Pipeline(tmp_path).run("duckflux-lint").returncode == 0


def test_it_checks_what_is_named_as_strictly_as_is_said(tmp_path: Path) -> None:
    (tmp_path / "wrong.duck.yaml").write_text("flow:\n  - absent\n")
    for name in ("one", "two"):
        (tmp_path / f"{name}.duck.yaml").write_text(
            "participants: {unused: {type: exec, run: ls}}\nflow:\n  - {type: exec, run: ls}\n"
        )
    files = "one.duck.yaml two.duck.yaml"
    assert Pipeline(tmp_path, files=files).run("duckflux-lint").returncode == 0
    assert Pipeline(tmp_path, files=files, fail_on="warning").run("duckflux-lint").returncode == 1


@pytest.mark.parametrize(("script", "code"), [("echo hello $WHO", 0), ("exit 3", 2)])
def test_it_runs_a_workflow_and_keeps_its_trace(tmp_path: Path, script: str, code: int) -> None:
    (tmp_path / "greet.duck.yaml").write_text(
        "inputs: {who: {}}\n"
        f"flow: [{{as: greet, type: exec, input: {{WHO: workflow.inputs.who}}, run: {script}}}]\n"
    )
    inputs = json.dumps({"who": "it's $(id)"})
    ran = Pipeline(tmp_path, run="greet.duck.yaml", inputs=inputs).run("duckflux-run")
    assert ran.returncode == code, ran.stderr
    assert ran.stdout == ("" if code else "hello it's $(id)\n")
    assert len([*(tmp_path / "duckflux-traces").glob("*.json")]) == 1
    assert Pipeline(tmp_path).jobs["duckflux-run"]["rules"] == [{"if": '"" != ""'}]


@pytest.mark.skipif(
    "DUCKFLUX_PACKAGING" not in os.environ, reason="INSTALLATION NOT TRIED: set DUCKFLUX_PACKAGING=1"
)
def test_it_installs_what_is_named_and_does_not_check_it(tmp_path: Path, sdist: Path) -> None:
    (tmp_path / "one.duck.yaml").write_text("flow:\n  - {type: exec, run: ls}\n")
    checked = Pipeline(tmp_path, package=f"{sdist}[http]").run("duckflux-lint", installing=True)
    assert checked.returncode == 0, checked.stderr
    assert [*(tmp_path / ".duckflux-venv" / "bin").glob("duckflux")] != []
    assert (tmp_path / "duckflux.xml").read_text().count("<testsuite ") == 1
