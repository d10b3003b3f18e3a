"""Traces of real runs, while others read them, and of runs that were killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from duckflux.cli.main import main
from duckflux.runtime.events import UNSET
from duckflux.trace.journal import journal_path
from duckflux.trace.readers import is_interrupted, read

from .conftest import trace_file

FORMATS = ("json", "txt", "sqlite")
# The promise is tried 50 times a format by: DUCKFLUX_KILLS=50 pytest tests/trace/test_process.py -k kill
KILLS = int(os.environ.get("DUCKFLUX_KILLS", "3"))
SEED = int(os.environ.get("DUCKFLUX_SEED", random.randrange(1_000_000)))

pytestmark = pytest.mark.parametrize("form", FORMATS)

BUSY = """
flow:
  - loop:
      max: 400
      steps:
        - parallel:
            - {type: exec, run: head -c 50000 /dev/zero | tr '\\0' x}
            - set: {x: loop.index}
            - if: {condition: 'true', then: [{set: {y: loop.index}}]}
"""


# Who may do everything reads as somebody who may not.
READER = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner") if os.geteuid() == 0 else ()


def test_a_reader_needs_no_right_to_write(command, tmp_path, form):
    if READER and shutil.which(READER[0]) is None:
        pytest.skip("needs setpriv")
    process = command(
        "flow: [{as: done, type: exec, run: 'true'}, {type: exec, run: sleep 60}]", "--trace-format", form
    )
    path = trace_file(tmp_path / "traces", form, process)
    deadline = time.monotonic() + 10
    while not any(step.status == "success" for step in read(path).steps) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.wait()
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        for arguments in (
            ["trace", "show", path, "--tree"],
            ["run", "w.duck.yaml", "--resume", path, "--until", "done"],
        ):
            shown = subprocess.run(
                [*READER, sys.executable, "-m", "duckflux", *map(str, arguments)],
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            assert shown.returncode == 0, shown.stderr
    finally:
        path.parent.chmod(0o755)


def test_a_trace_that_vanishes_is_told_of_once(command, tmp_path, form):
    process = command("flow: [{type: exec, run: sleep 1}, {type: exec, run: 'true'}]", "--trace-format", form)
    path = trace_file(tmp_path / "traces", form, process)
    # In one step: the run writes into it.
    shutil.rmtree(path.parent.rename(tmp_path / "gone"))
    _, stderr = process.communicate(timeout=20)
    assert process.returncode == 0
    assert stderr.decode().count("warning: trace: cannot write") == 1


def test_a_reader_in_a_tight_loop_sees_only_whole_traces(command, tmp_path, form):
    process = command(BUSY, "--quiet", "--trace-format", form)
    path = trace_file(tmp_path / "traces", form, process)
    assert path is not None
    reads, seen = 0, 0
    while process.poll() is None:
        if form == "json":
            assert json.loads(path.read_bytes())["execution"]["id"] == path.stem
        steps = read(path).steps
        assert len(steps) >= seen
        reads, seen = reads + 1, len(steps)
    assert process.wait() == 0
    assert reads > 5 and seen > 0
    trace = read(path)
    assert trace.execution.status == "success"
    assert [found.seq for found in trace.steps] == list(range(1, 400 * 5 + 2))
    outputs = [found.output for found in trace.steps if found.type == "exec"]
    assert outputs == ["x" * 50_000] * 400
    assert sorted(found.name for found in path.parent.iterdir()) == [path.name]


# When `idle` says that it has begun, the round's `tick` has finished.
ENDLESS = """
flow:
  - loop:
      until: 'false'
      steps:
        - as: tick
          type: exec
          run: echo round
        - parallel:
            - set: {{x: loop.index}}
            - as: idle
              type: exec
              run: date +%s.%N >> {log}; sleep 0.005
"""


@pytest.mark.parametrize("number", range(KILLS))
def test_after_kill_9_what_finished_is_there(command, tmp_path, capsys, form, number):
    moment = random.Random(f"{SEED} {form} {number}").uniform(0, 0.7)
    again = f"DUCKFLUX_SEED={SEED} DUCKFLUX_KILLS={number + 1}"
    log = tmp_path / "log"
    log.touch()
    process = command(ENDLESS.format(log=log), "--quiet", "--trace-format", form)
    path = trace_file(tmp_path / "traces", form, process)
    assert path is not None
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    killed = time.time()
    process.communicate()

    assert main(["trace", "show", "--json", str(path)]) == 0, again
    shown = json.loads(capsys.readouterr().out)
    assert shown["execution"]["status"] == "running", again
    ticks = [step["iterations"][0] for step in shown["steps"] if _finished(step, "tick")]
    due = sum(float(line) < killed - 0.25 for line in _lines(log))
    assert ticks == list(range(len(ticks))) and len(ticks) >= due, f"{len(ticks)} of {due} steps; {again}"

    _wait_until_interrupted(path)
    assert main(["trace", "show", str(path)]) == 0
    text = capsys.readouterr().out
    assert "interrupted" in text.splitlines()[0], again
    assert not shown["steps"] or "# interrupted in: loop" in text, again
    assert sorted(found.name for found in path.parent.iterdir() if found.name[0] != ".") == [path.name]
    assert len(read(path).steps) == len(shown["steps"]), again


def _finished(step: dict[str, object], name: str) -> bool:
    return step["name"] == name and step["status"] == "success"


def _lines(log: Path) -> Iterator[str]:
    """The complete lines; the last one may be half written."""
    return (line for line in log.read_text().splitlines(keepends=True) if line.endswith("\n"))


def _wait_until_interrupted(path: Path) -> None:
    deadline = time.monotonic() + 10
    # A command that was just being started holds the journal open until it is.
    while not is_interrupted(path, read(path).execution):
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("folder", ["/proc/traces", "/dev/null/traces"])
def test_an_unwritable_folder_is_one_warning(command, form, folder):
    arguments = ("--trace-format", form, "--trace-dir", folder)
    process = command("flow: [{type: exec, run: 'true'}, {type: exec, run: 'true'}]", *arguments)
    stderr = process.communicate()[1].decode()
    assert stderr.count("warning: trace: cannot write") == stderr.count("warning:") == 1
    assert folder in stderr or "/dev/null" in stderr
    assert "the run continues without a trace" in stderr
    assert process.returncode == 0


FILLING = "flow: [{loop: {max: 40, steps: [{type: exec, run: head -c 30000 /dev/zero | tr '\\0' x}]}}]"


@pytest.mark.parametrize("exit_code", [0, 2])
def test_a_full_disk_is_one_warning(command, tmp_path, form, exit_code):
    """A limit on the size of files stands in for the disk: writes fail alike."""
    text = FILLING if exit_code == 0 else FILLING[:-1] + ", {type: exec, run: 'false'}]"
    limited = ("sh", "-c", 'ulimit -f 400; exec "$@"', "sh")
    process = command(text, "--trace-format", form, prefix=limited)
    stderr = process.communicate()[1].decode()
    assert stderr.count("warning: trace: cannot write") == stderr.count("warning:") == 1, stderr
    assert process.returncode == exit_code
    path = trace_file(tmp_path / "traces", form, process)
    assert path is not None
    assert all(found.output in (UNSET, "x" * 30_000) for found in read(path).steps if found.type == "exec")


def test_a_run_that_ends_leaves_no_journal(command, tmp_path, form):
    process = command("flow: [{type: exec, run: 'true'}]", "--quiet", "--trace-format", form)
    process.communicate()
    path = trace_file(tmp_path / "traces", form, process)
    assert path is not None and not journal_path(path).exists()
