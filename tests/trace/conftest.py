"""Traces from events made by hand, and from runs of the command in a process of their own."""

from __future__ import annotations

import subprocess
import sys
import time
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
from duckflux.trace.recorder import Format, Recorder, make_writer

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
    name = fields.pop("name_", f"s{seq}")
    return [start(seq, name=name, input=fields.pop("input", UNSET)), end(seq, **fields)]


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., Path]:
    """Writes a whole trace from events; returns its file."""

    def record(
        events: Iterable[Event],
        secrets: Secrets | None = None,
        form: Format = "json",
        *,
        values: bool = True,
    ) -> Path:
        recorder = Recorder(make_writer(tmp_path / "traces", form), secrets or Secrets(), values=values)
        recorder.consume(list(events))
        return tmp_path / "traces" / f"the-id.{form}"

    return record


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts `duckflux run` on a text, with a trace in `tmp_path/traces`."""

    def run(text: str, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[bytes]:
        file = tmp_path / "w.duck.yaml"
        file.write_text(text)
        folder = str(tmp_path / "traces")
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "duckflux", "run", str(file), "--trace-dir", folder, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    return run


def trace_file(folder: Path, form: Format, process: subprocess.Popen[bytes]) -> Path | None:
    """The trace of a run, as soon as it is there; None when the run ends without one."""
    while True:
        ended = process.poll() is not None
        for path in folder.glob(f"[!.]*.{form}"):
            return path
        if ended:
            return None
        time.sleep(0.002)
