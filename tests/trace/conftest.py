"""Traces from events made by hand, and from runs of the command in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from duckflux.runtime.events import (
    UNSET,
    Event,
    ExecutionFinished,
    ExecutionStarted,
    StepFinished,
    StepStarted,
)
from duckflux.runtime.secrets import Secrets
from duckflux.trace.recorder import Recorder
from duckflux.trace.writers.json import JsonWriter

TIME = "2024-01-02T03:04:05.678Z"


def begun(**fields: Any) -> ExecutionStarted:
    given = {"workflow_path": "/w.yaml", "workflow_hash": "0" * 64, "started_at": TIME, "inputs": {}} | fields
    return ExecutionStarted("the-id", **given)


def over(**fields: Any) -> ExecutionFinished:
    return ExecutionFinished(**({"status": "success", "finished_at": TIME, "duration": 5} | fields))


def start(seq: int, **fields: Any) -> StepStarted:
    given = {
        "name": f"s{seq}",
        "type": "exec",
        "path": f"/flow/{seq - 1}",
        "parent": None,
        "workflow": "/w.yaml",
        "iterations": (),
        "branch": None,
        "attempt": 1,
        "started_at": TIME,
    } | fields
    return StepStarted(seq, **given)


def end(seq: int, **fields: Any) -> StepFinished:
    given = {"status": "success", "finished_at": TIME, "duration": 3, "output": UNSET} | fields
    return StepFinished(seq, **given)


def step(seq: int, **fields: Any) -> list[Event]:
    return [start(seq, input=fields.pop("input", UNSET)), end(seq, **fields)]


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., Path]:
    """Writes a whole trace from events; returns its file."""

    def record(events: Iterable[Event], secrets: Secrets | None = None) -> Path:
        recorder = Recorder(JsonWriter(tmp_path / "traces"), secrets or Secrets())
        recorder.consume(list(events))
        return tmp_path / "traces" / "the-id.json"

    return record


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts `duckflux run` on a text, with a trace in `tmp_path/traces`."""

    def run(text: str, *arguments: str) -> subprocess.Popen[bytes]:
        file = tmp_path / "w.duck.yaml"
        file.write_text(text)
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "duckflux",
                "run",
                str(file),
                "--trace-dir",
                str(tmp_path / "traces"),
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    return run
