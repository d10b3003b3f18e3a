"""`duckflux` processes that talk to each other through real servers."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

# Answers each question; ends with the third.
ANSWERER = """
    participants:
      answer: {type: emit, event: answer, ack: true, payload: {to: event.number, text: event.text + '!'}}
      ready: {type: emit, event: ready}
    flow:
      - ready
      - loop:
          max: 3
          steps:
            - wait: {event: question, timeout: 30s}
            - answer
    output: event.number
"""
# Begins before the other one, so it hears that it is ready.
ASKER = """
    participants:
      ask:
        type: emit
        event: question
        payload: {number: loop.iteration, text: '"hello " + string(loop.iteration)'}
    flow:
      - {type: exec, run: touch "$BEGUN"}
      - wait: {event: ready, timeout: 30s}
      - set: {heard: '[]'}
      - loop:
          max: 3
          steps:
            - ask
            - wait: {event: answer, match: event.to == loop.iteration, timeout: 30s}
            - set: {heard: 'execution.context.heard + [event.text]'}
    output: execution.context.heard
"""


class Processes:
    """Starts `duckflux run` on workflow texts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[str]] = []

    def start(self, text: str, *arguments: str) -> subprocess.Popen[str]:
        file = self.folder / f"{len(self._started)}.duck.yaml"
        file.write_text(dedent(text))
        process = subprocess.Popen(
            [sys.executable, "-m", "duckflux", "run", str(file), *arguments],
            cwd=self.folder,
            env={**os.environ, "BEGUN": str(self.folder / "begun")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def run(self, text: str, *arguments: str) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)."""
        process = self.start(text, *arguments)
        stdout, stderr = process.communicate(timeout=60)
        return process.returncode, stdout, stderr

    def wait_for(self, name: str) -> None:
        deadline = time.monotonic() + 30
        while not (self.folder / name).exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def duckflux(tmp_path):
    folder = tmp_path / "workflows"
    folder.mkdir()
    processes = Processes(folder)
    yield processes
    processes.end()


def test_two_processes_exchange_events_both_ways(server, duckflux):
    asker = duckflux.start(ASKER, *server.flags)
    duckflux.wait_for("begun")
    answerer = duckflux.start(ANSWERER, *server.flags)
    stdout, stderr = asker.communicate(timeout=60)
    assert json.loads(stdout) == ["hello 1!", "hello 2!", "hello 3!"], stderr
    assert answerer.communicate(timeout=60)[0] == "3\n"


def test_a_run_hears_its_own_events_and_none_of_the_run_before(server, duckflux):
    text = """
        flow:
          - {type: emit, event: again, payload: execution.id}
          - wait: {event: again, timeout: 30s}
        output: {mine: event == execution.id}
    """
    for _ in range(2):
        code, stdout, stderr = duckflux.run(text, *server.flags)
        assert (code, json.loads(stdout)) == (0, {"mine": True}), stderr


def test_an_event_is_sent_onto_the_hub_from_the_command_line(duckflux, server):
    waiting = """
        flow:
          - {type: exec, run: touch "$BEGUN"}
          - wait: {event: approved, match: "event.by != ''", timeout: 30s}
        output: event.by
    """
    process = duckflux.start(waiting, "--quiet", "--trace-dir", "traces", *server.flags)
    duckflux.wait_for("begun")
    command = [sys.executable, "-m", "duckflux", "emit", "approved", "--payload", '{"by": "eve"}']
    sent = subprocess.run([*command, *server.flags], capture_output=True, text=True, timeout=60)
    assert (sent.returncode, sent.stdout) == (0, f"sent approved to {server.kind}\n")
    assert process.communicate(timeout=60)[0] == "eve"
    (trace,) = (duckflux.folder / "traces").glob("*.json")
    assert json.loads(trace.read_text())["steps"][1]["answeredBy"] == "hub"


@pytest.mark.parametrize(
    ("flags", "address"),
    [
        (
            ("--event-backend", "redis", "--redis-addr", "redis://u:s3cret@127.0.0.1:1"),
            "redis at 127.0.0.1:1",
        ),
        (("--event-backend", "nats", "--nats-url", "nats://u:s3cret@127.0.0.1:1"), "nats at 127.0.0.1:1"),
    ],
)
def test_a_server_that_is_away_at_the_start_is_exit_1(duckflux, flags, address):
    code, stdout, stderr = duckflux.run("flow: [{type: exec, run: touch ran}]", *flags)
    assert (code, stdout) == (1, "")
    assert stderr.endswith(f".duck.yaml: error: {address} can't be reached: Connection refused\n")
    assert not (duckflux.folder / "ran").exists()


def test_nats_needs_its_url(duckflux):
    code, _, stderr = duckflux.run("flow: [{type: exec, run: 'true'}]", "--event-backend", "nats")
    assert code == 1 and "--event-backend nats needs a --nats-url" in stderr


DYING = """
    flow:
      - type: exec
        run: touch "$BEGUN"; while [ -e "$BEGUN" ]; do sleep 0.02; done
      - {step}
"""


@pytest.mark.parametrize(
    "step",
    [
        "{as: send, type: emit, event: e, timeout: 500ms}",
        "{as: send, type: emit, event: e, ack: true, timeout: 500ms}",
        "wait: {event: e, timeout: 500ms}",
    ],
)
def test_a_server_that_dies_is_a_clear_error_within_the_steps_timeout(own_server, duckflux, step):
    process = duckflux.start(DYING.format(step=step), *own_server.flags)
    duckflux.wait_for("begun")
    own_server.kill()
    (duckflux.folder / "begun").unlink()
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 2
    unreachable_reason = f"{own_server.kind} at {own_server.address} can't be reached ("
    (error,) = [line for line in stderr.splitlines() if ": error: " in line]
    assert "timeout: step '" in error and unreachable_reason in error and error.endswith("[timeout]")
    assert "Traceback" not in stderr


def test_a_run_survives_a_server_that_comes_back(own_server, duckflux):
    text = """
        flow:
          - {type: emit, event: before, payload: "'kept'", ack: true}
          - {type: exec, run: touch "$BEGUN"}
          - wait: {event: after, timeout: 60s}
          - {as: next, type: emit, event: third, payload: event, ack: true, timeout: 30s}
          - wait: {event: third, timeout: 30s}
          - wait: {event: before, timeout: 30s}
        output: '[event, next.output.payload]'
    """
    process = duckflux.start(text, *own_server.flags)
    duckflux.wait_for("begun")
    own_server.kill()
    own_server.start()

    async def send():
        hub = await own_server.hub(print)
        await hub.publish("after", "restarted")
        await hub.close()

    asyncio.run(send())
    stdout, stderr = process.communicate(timeout=60)
    assert json.loads(stdout) == ["kept", "restarted"], stderr
