"""`run` imports no more than its workflow needs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HELLO = "flow: [{type: exec, run: echo hello}]"
SLOW = (
    "json",
    "jsonschema",
    "pathlib",
    "shutil",
    "hashlib",
    "dataclasses",
    "difflib",
    "typing_extensions",
    "sqlite3",
    "starlette",
    "uvicorn",
    "opentelemetry",
    "duckflux.runtime.trace_context",
)


def modules(tmp_path: Path, workflow: str, *arguments: str) -> set[str]:
    """The modules that a run of this workflow has imported at its end."""
    file = tmp_path / "w.duck.yaml"
    file.write_text(workflow)
    command = [sys.executable, "-v", "-m", "duckflux", "run", "--quiet", str(file), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^import '([^']+)' #", done.stderr, re.MULTILINE))


def test_a_workflow_without_expressions_waits_for_no_cel_and_nothing_slow(tmp_path: Path) -> None:
    loaded = modules(tmp_path, HELLO)
    assert not loaded & {"duckflux.cel.syntax.parser", "duckflux.cel.checker", "duckflux.cel.compiler", *SLOW}


@pytest.mark.parametrize("module", ["duckflux.trace.recorder", "duckflux.runtime.participants.http"])
def test_what_is_not_used_is_not_imported(tmp_path: Path, module: str) -> None:
    assert module not in modules(tmp_path, HELLO)


def test_expressions_bring_cel_but_nothing_else_slow(tmp_path: Path) -> None:
    loaded = modules(tmp_path, HELLO + "\noutput: workflow.version + '!'")
    assert "duckflux.cel.compiler" in loaded
    assert not loaded & set(SLOW)
