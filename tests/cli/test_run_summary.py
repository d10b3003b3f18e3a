"""`run --summary`, and what a run writes in a job of GitHub Actions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

FAILING = """\
    name: "deploy | <b>prod</b> @all"
    participants:
      build: {type: exec, run: echo ok}
    flow:
      - build
      - parallel:
          - {as: "slow `one`", type: exec, run: sleep 5}
          - as: bad
            type: exec
            run: "echo \\"$DEPLOY_TOKEN\\" >&2; echo '```' >&2; echo 'percent %0A' >&2; exit 3"
"""
SUMMARY = r"""### ✗ deploy \| &lt;b&gt;prod&lt;/b&gt; \@all: failure in TIME

| Step | Status | Duration |
|---|---|---:|
| build | ✓ success | TIME |
| parallel | ✗ failure | TIME |
| &nbsp;&nbsp;&nbsp;&nbsp;slow \`one\` | ⊘ cancelled | TIME |
| &nbsp;&nbsp;&nbsp;&nbsp;bad | ✗ exit 3 | TIME |

**bad** failed:

````text
exit code 3
***
```
percent %0A
````
"""


def run(folder: Path, text: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "w.duck.yaml").write_text(dedent(text))
    known = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    return subprocess.run(
        [sys.executable, "-m", "duckflux", "run", "w.duck.yaml", *options],
        cwd=folder,
        env=known | {"DEPLOY_TOKEN": "s3cret-deploy-token", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def without_times(text: str) -> str:
    return re.sub(r"\b\d+(\.\d+)?m?s\b", "TIME", text)


def test_the_table_and_the_error(tmp_path: Path) -> None:
    assert run(tmp_path, FAILING, "--summary", "s.md", "--quiet").returncode == 2
    assert without_times((tmp_path / "s.md").read_text()) == SUMMARY


def test_a_trace_gives_the_same(tmp_path: Path) -> None:
    run(tmp_path, FAILING, "--summary", "s.md", "--trace-dir", "t")
    export = [sys.executable, "-m", "duckflux", "trace", "export", "t", "--to", "markdown"]
    exported = subprocess.run(export, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert exported == (tmp_path / "s.md").read_text()


def test_under_github_actions_it_is_added_to_that_of_the_job(tmp_path: Path) -> None:
    job = tmp_path / "job.md"
    job.write_text("# Job\n")
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(job), "GITHUB_WORKSPACE": str(tmp_path)}
    ended = run(tmp_path, FAILING, "--quiet", **github)
    assert ended.returncode == 2
    assert without_times(job.read_text()) == "# Job\n" + SUMMARY
    (command,) = (line for line in ended.stderr.splitlines() if line.startswith("::"))
    place = "file=w.duck.yaml,line=10,col=14,title=step bad"
    assert command == f"::error {place}::exit code 3%0A***%0A```%0Apercent %250A"
    assert "s3cret" not in ended.stderr


def test_a_run_that_succeeds_has_no_annotation(tmp_path: Path) -> None:
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "job.md")}
    ended = run(tmp_path, "flow: [{as: a, type: exec, run: echo hi}]", **github)
    assert (ended.returncode, ended.stdout) == (0, "hi\n")
    assert "::" not in ended.stderr
    assert "| a | ✓ success |" in (tmp_path / "job.md").read_text()


@pytest.mark.parametrize("target", ["missing/s.md", "."])
def test_a_summary_that_cannot_be_written_is_a_warning(target: str, tmp_path: Path) -> None:
    ended = run(tmp_path, "flow: [{as: a, type: exec, run: echo hi}]", "--summary", target)
    assert (ended.returncode, ended.stdout) == (0, "hi\n")
    assert f"warning: the summary {target} cannot be written: " in ended.stderr


def test_a_long_run_has_a_bounded_table(tmp_path: Path) -> None:
    text = "flow: [{loop: {max: 2000, steps: [{set: {a: '1'}}]}}]"
    assert run(tmp_path, text, "--summary", "s.md", "--quiet").returncode == 0
    lines = (tmp_path / "s.md").read_text().splitlines()
    assert len(lines) < 510
    assert lines[-1] == "3501 more rows are in the trace."
