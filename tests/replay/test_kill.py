"""A run that is killed at any moment and resumed gives what an uninterrupted one gives, and does nothing twice
but what was under way. `DUCKFLUX_KILLS=200 pytest tests/replay/test_kill.py` tries so many; a failure names its
seed."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from duckflux.trace.readers import read

from .workflows import Maker

KILLS = int(os.environ.get("DUCKFLUX_KILLS", "12"))
RUN = [sys.executable, "-m", "duckflux", "run", "w.duck.yaml", "--quiet"]


def counted(folder: Path) -> Counter[str]:
    """How often each command ran; asking forgets it."""
    path = folder / "ran.txt"
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    path.unlink(missing_ok=True)
    return Counter(lines)


def run(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*RUN, *arguments], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def killed(folder: Path, after: float) -> Path | None:
    """The trace of a run that was killed so many seconds after its first step; None if it ended before,
    or had not begun to write one."""
    process = subprocess.Popen([*RUN, "--trace-dir", "traces"], cwd=folder, stdout=subprocess.DEVNULL)
    while not (folder / "ran.txt").exists() and process.poll() is None:
        time.sleep(0.002)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    traces = [*(folder / "traces").glob("*.json")]
    return traces[0] if traces and read(traces[0]).execution.status == "running" else None


def outlived(folder: Path) -> bool:
    """Whether a command still works in a folder."""
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError):
                if (process / "cwd").readlink() == folder:
                    return True
    return False


def ended(trace: Path) -> set[str]:
    """The commands that ended, as the trace says."""
    return {
        f"{step.name}@{step.input['AT']}"
        for step in read(trace).steps
        if step.status != "running" and isinstance(step.input, dict) and "AT" in step.input
    }


@pytest.mark.parametrize("seed", range(KILLS))
def test_run_kill_resume(tmp_path: Path, seed: int) -> None:
    maker = Maker(seed)
    (tmp_path / "w.duck.yaml").write_text(maker.workflow)
    (tmp_path / "child.duck.yaml").write_text(maker.child)
    begin = time.monotonic()
    output = run(tmp_path)
    took = time.monotonic() - begin
    expected = counted(tmp_path)
    trace = killed(tmp_path, random.Random(seed).uniform(0, took * 0.9))
    if trace is None:
        return
    # A command that was under way outlives its run, and may still write.
    while outlived(tmp_path):
        time.sleep(0.005)
    before = ended(trace)
    resumed = run(tmp_path, "--resume", str(trace))
    assert json.loads(resumed) == json.loads(output), seed
    did = counted(tmp_path)
    assert not expected - did, seed
    twice = did - expected
    assert not before & set(twice), seed
    # One of each branch was under way.
    assert twice.total() <= (3 if "parallel" in maker.workflow else 1), (seed, twice)
