"""Nothing of a run is left running."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from duckflux.runtime.events import OutputChunk

from .conftest import Listening

# Prints a marker that its grandchildren carry in their environment, and waits for them.
TREE = "sh -c 'sleep 60 & sleep 60' & sleep 60 & wait"


def alive(marker: str) -> list[str]:
    """The command lines of the living processes that have `MARKER=<marker>` in their environment."""
    return [*_found(marker).values()]


def pids(marker: str) -> list[int]:
    return [*_found(marker)]


def _found(marker: str) -> dict[int, str]:
    found = {}
    wanted = f"MARKER={marker}\0".encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or folder.name == str(os.getpid()):
            continue
        try:
            if wanted in (folder / "environ").read_bytes() + b"\0":
                found[int(folder.name)] = (folder / "cmdline").read_text()
        except OSError:
            continue
    return found


@pytest.fixture
def marked() -> dict[str, str]:
    return {**os.environ, "MARKER": f"{os.getpid()}-{time.monotonic_ns()}"}


def started(marked: dict[str, str], count: int) -> bool:
    return len(alive(marked["MARKER"])) >= count


async def until(condition, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# What has left its session is known by its environment, or by its parent, on Linux.
LEFT = ["setsid -w sleep 60", "(setsid sleep 60 &) & sleep 60", "env -i setsid -w sleep 60; true"]


@pytest.mark.parametrize("command", [TREE, "timeout 60 sleep 60", "set -m; sleep 60 & wait", *LEFT])
def test_a_timeout_ends_grandchildren_too(flow, marked, command):
    begin = time.monotonic()
    ran = flow(
        f"""
        flow:
          - type: exec
            timeout: 300ms
            run: |
              {command}
        """,
        environment=marked,
    )
    assert ran.error.code == "timeout"
    assert alive(marked["MARKER"]) == []
    assert time.monotonic() - begin < 20


def test_what_ignores_sigterm_is_killed_after_2_seconds(flow, marked):
    begin = time.monotonic()
    flow(
        """
        flow:
          - type: exec
            timeout: 200ms
            run: |
              trap '' TERM
              sh -c 'trap "" TERM; while :; do sleep 0.1; done'
        """,
        environment=marked,
    )
    assert 2.0 <= time.monotonic() - begin < 20
    assert alive(marked["MARKER"]) == []


def test_a_failing_step_leaves_nothing_in_the_background(flow, marked):
    flow("flow: [{type: exec, run: sleep 60 >/dev/null 2>&1 & exit 1}]", environment=marked)
    assert alive(marked["MARKER"]) == []


def test_a_failing_step_does_not_wait_for_what_it_left_in_the_background(flow, marked):
    begin = time.monotonic()
    ran = flow("flow: [{as: s, type: exec, run: sleep 60 & echo out; exit 1}]", environment=marked)
    assert ran.step("s").output == "out\n"
    assert time.monotonic() - begin < 20
    assert alive(marked["MARKER"]) == []


def test_a_failing_branch_leaves_nothing_of_the_others(flow, marked):
    flow(
        f"""
        flow:
          - parallel:
              - type: exec
                run: |
                  {TREE}
              - {{type: exec, run: sleep 0.3; exit 1}}
        """,
        environment=marked,
    )
    assert alive(marked["MARKER"]) == []


def test_cancelling_ends_every_process_and_tells_the_listeners(flow, marked):
    listening = Listening()

    async def main() -> float:
        text = f"""
            flow:
              - loop:
                  max: 1
                  steps:
                    - type: exec
                      run: |
                        {TREE}
        """
        task = asyncio.ensure_future(flow.start(text, environment=marked, listening=listening))
        await until(lambda: started(marked, 5))
        begin = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begin

    assert asyncio.run(main()) < 20
    assert alive(marked["MARKER"]) == []
    finished = {type(e).__name__: e for e in listening.events}
    assert finished["ExecutionFinished"].status == "failure"
    assert finished["ExecutionFinished"].error == "cancelled"
    assert [e.error for e in listening.events if type(e).__name__ == "StepFinished"] == ["cancelled"] * 2


def test_a_second_cancellation_kills_at_once(flow, marked):
    async def main() -> float:
        text = """
            flow:
              - type: exec
                run: |
                  trap '' TERM
                  while :; do sleep 0.1; done
        """
        task = asyncio.ensure_future(flow.start(text, environment=marked))
        await until(lambda: started(marked, 2))
        begin = time.monotonic()
        task.cancel()
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begin

    assert asyncio.run(main()) < 1.9
    assert alive(marked["MARKER"]) == []


def test_what_was_started_without_the_variable_in_its_own_session_outlives_a_failed_run(flow, marked):
    flow(
        """
        flow:
          - type: exec
            cwd: ./
            run: |
              env -u DUCKFLUX_STARTED_BY setsid sh -c 'echo > ready; exec sleep 60' >/dev/null 2>&1 &
              while ! test -s ready; do sleep 0.02; done
          - {type: exec, run: exit 1}
        """,
        environment=marked,
    )
    assert len(alive(marked["MARKER"])) == 1
    for pid in pids(marked["MARKER"]):
        os.kill(pid, signal.SIGKILL)


def test_a_step_and_what_others_left_behind_are_ended_at_the_same_time(flow, marked):
    async def main() -> float:
        text = """
            flow:
              - {type: exec, run: "trap '' TERM; setsid sleep 60 >/dev/null 2>&1 &"}
              - {type: exec, run: "trap '' TERM; sleep 60; true"}
        """
        task = asyncio.ensure_future(flow.start(text, environment=marked))
        await until(lambda: started(marked, 3))
        begin = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begin

    assert 2.0 <= asyncio.run(main()) < 3.9
    assert alive(marked["MARKER"]) == []


def test_a_run_that_succeeds_leaves_its_background_processes_and_no_guard(tmp_path, marked):
    (tmp_path / "w.duck.yaml").write_text("flow: [{type: exec, run: setsid sleep 60 >/dev/null 2>&1 &}]")
    command = [sys.executable, "-m", "duckflux", "run", "w.duck.yaml"]
    subprocess.run(command, cwd=tmp_path, env=marked, check=True)

    async def settled() -> None:
        # A guard that has work to do becomes Python first.
        await until(lambda: [line.split("\0")[0] for line in alive(marked["MARKER"])] == ["sleep"])

    asyncio.run(settled())
    for pid in pids(marked["MARKER"]):
        os.kill(pid, signal.SIGKILL)


def test_what_a_succeeding_step_left_in_the_background_may_serve_later_steps(flow):
    ran = flow("""
        flow:
          - type: exec
            run: |
              (sleep 0.2; echo late) > out.txt 2>&1 &
            cwd: ./
          - {type: exec, cwd: ./, run: while ! test -s out.txt; do sleep 0.02; done; cat out.txt}
    """)
    assert ran.output == "late\n"


def test_when_the_run_fails_what_was_left_in_the_background_is_ended(flow, marked):
    ran = flow(
        """
        flow:
          - {type: exec, run: sleep 60 >/dev/null 2>&1 &}
          - {type: exec, run: exit 1}
        """,
        environment=marked,
    )
    assert ran.error.code == "exec-failed"
    assert alive(marked["MARKER"]) == []


def test_a_step_lasts_until_its_output_is_closed(flow):
    assert flow("flow: [{type: exec, run: (sleep 0.2; echo late) & echo early}]").output == "early\nlate\n"


def test_output_comes_while_the_step_runs(flow):
    seen: list[tuple[str, bool]] = []
    ready = flow.folder / "go"

    def hear(event) -> None:
        if isinstance(event, OutputChunk):
            seen.append((event.text, ready.exists()))
            ready.touch()

    ran = flow(
        """
        flow:
          - {type: exec, cwd: ./, run: echo one; while ! test -e go; do sleep 0.01; done; echo two >&2; echo x}
        """,
        listening=Listening(hear),
    )
    assert seen[0] == ("one\n", False)
    assert ran.output == "one\nx\n"
    assert {(e.stream, e.text) for e in ran.events if isinstance(e, OutputChunk)} >= {("stderr", "two\n")}


def test_no_descriptors_are_left_open(flow):
    flow("flow: [{type: exec, run: 'true'}]")
    before = len([*Path("/proc/self/fd").iterdir()])
    flow("flow: [{loop: {max: 20, steps: [{type: exec, onError: skip, timeout: 5s, run: exit 1}]}}]")
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_commands_have_the_environment_and_no_controlling_input(flow):
    assert (
        flow(
            "flow: [{type: exec, run: printf '%s' \"$GIVEN\"}]", environment={**os.environ, "GIVEN": "x"}
        ).output
        == "x"
    )


def test_without_pidfds_a_thread_waits(flow, monkeypatch):
    def missing(pid):
        raise OSError("no such system call")

    monkeypatch.setattr(os, "pidfd_open", missing)
    ran = flow("""
        flow:
          - {type: exec, onError: skip, run: exit 3}
          - {type: exec, onError: skip, timeout: 100ms, run: sleep 30}
          - {type: exec, run: echo done}
    """)
    assert ran.output == "done\n"
    assert [step.error for step in ran.trace.steps[:2]] == ["exit code 3", "timed out after 100 ms"]


@pytest.mark.parametrize("pidfds", [True, False])
def test_an_exit_code_that_nobody_can_know_is_a_failure(flow, monkeypatch, pidfds):
    if not pidfds:
        monkeypatch.delattr(os, "pidfd_open")
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        ran = flow(
            "flow: [{as: s, type: exec, run: echo out; exit 1}, {type: exec, cwd: ./, run: touch next}]"
        )
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert (ran.error.code, ran.error.exit_code) == ("exec-failed", None)
    assert ran.error.message.startswith("the exit code of the command is not known: ")
    assert ran.step("s").output == "out\n"
    assert not (flow.folder / "next").exists()


@pytest.mark.parametrize(
    "step",
    [
        "{type: exec, onError: retry, retry: {max: 5, backoff: 1h}, run: touch ready; exit 1}",
        "{parallel: [{type: exec, run: touch ready}, {wait: {event: never}}]}",
        "{parallel: [{type: exec, run: touch ready}, {wait: {timeout: 1h}}]}",
        "{parallel: [{type: exec, run: touch ready}, {wait: {until: 'false', poll: 1h}}]}",
        "{loop: {until: 'false', steps: [{type: exec, run: touch ready}]}}",
    ],
)
def test_a_run_can_be_cancelled_wherever_it_is(flow, step):
    listening = Listening()

    async def main() -> None:
        text = f"defaults: {{cwd: .}}\nflow: [{step}]"
        task = asyncio.ensure_future(flow.start(text, listening=listening, unchecked=True))
        await until((flow.folder / "ready").exists)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(task), 2)

    asyncio.run(main())
    started = [e.seq for e in listening.events if type(e).__name__ == "StepStarted"]
    finished = [e.seq for e in listening.events if type(e).__name__ == "StepFinished"]
    assert sorted(set(started)) == sorted(finished)
    assert type(listening.events[-1]).__name__ == "ExecutionFinished"


def test_a_timeout_of_a_sub_workflow_ends_all_its_branches(flow, marked):
    flow.write(
        "child.yaml",
        """
        flow:
          - parallel:
              - {type: exec, run: sleep 60}
              - loop: {max: 3, steps: [{parallel: [{type: exec, run: sleep 60}, {wait: {event: never}}]}]}
        """,
    )
    ran = flow("flow: [{as: s, type: workflow, timeout: 200ms, path: child.yaml}]", environment=marked)
    assert ran.error.message == "timed out after 200 ms"
    assert alive(marked["MARKER"]) == []
    assert {step.status for step in ran.trace.steps} == {"failure"}
