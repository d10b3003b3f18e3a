"""Runs on workers of a real Postgres: kills, cancellation, waits, and what a store's failures do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .servers import DUCKFLUX, Postgres, Team, guards_of, holder_of, processes_in


def step(name: str, command: str = "true", more: str = "") -> str:
    """A step that writes down its start and its end."""
    run = f"echo {name}+ >> ran.txt; {command}; echo {name}- >> ran.txt; printf {name}"
    return f'{{as: {name}, type: exec, cwd: ".", {more}run: "{run}"}}'


def test_a_run_is_followed_as_if_it_ran_here(team: Team) -> None:
    team.write(w=f'flow:\n- {step("a")}\n- {step("b")}\noutput: \'{{"a": a.output, "b": b.output}}\'\n')
    team.hire()
    done = team.try_to("run", "w.duck.yaml", "--durable", team.url, "--trace-dir", "traces", "-v")
    assert json.loads(done.stdout) == {"a": "a", "b": "b"}
    assert "a | a" in done.stderr
    assert "✓ success" in done.stderr
    (trace,) = (team.folder / "traces").glob("*.json")
    assert [found["name"] for found in json.loads(trace.read_text())["steps"]] == ["a", "b"]


def test_a_failure_is_told_with_its_place(team: Team) -> None:
    team.write(w="flow:\n- {as: a, type: exec, run: 'echo why >&2; exit 4'}\n")
    team.hire()
    done = team.try_to("run", "w.duck.yaml", "--durable", team.url)
    assert done.returncode == 2
    assert "w.duck.yaml:2:28: error: run: step 'a': exit code 4: why [exec-failed]" in done.stderr


def test_paths_and_secrets_of_a_worker_elsewhere(team: Team) -> None:
    elsewhere = team.folder / "elsewhere"
    elsewhere.mkdir()
    text = """
inputs: {token: {type: string, format: password}}
flow:
- parallel:
  - {as: a, type: exec, input: '{"T": workflow.inputs.token}', run: 'echo "$T" | tee /dev/stderr; exit 1'}
  - {as: b, type: exec, run: "true"}
"""
    team.write(w=text)
    team.hire("--cwd", str(elsewhere))
    ask = ["run", "w.duck.yaml", "--durable", team.url, "--id", "r", "--input", "token=correct-horse", "-v"]
    done = team.try_to(*ask, "--trace-dir", "traces")
    trace = (team.folder / "traces/r.json").read_text()
    said = done.stderr + trace + team.do("runs", "show", "r", "--json")
    assert "\nw.duck.yaml:5:69: error: run: step 'a': exit code 1: *** [exec-failed]" in done.stderr
    assert json.loads(trace)["execution"]["workflowPath"] == str(team.folder / "w.duck.yaml")
    assert str(elsewhere) not in said
    assert "correct-horse" not in said


def test_what_a_step_elsewhere_writes_is_shown_while_it_runs(team: Team) -> None:
    team.begin(
        """
inputs: {token: {type: string, format: password}}
flow:
- parallel:
  - as: a
    type: exec
    cwd: .
    input: '{"T": workflow.inputs.token}'
    run: 'echo "early $T"; until test -e go; do sleep 0.05; done; echo late'
  - {as: quiet, type: exec, cwd: ., run: "until test -e go; do sleep 0.05; done"}
""",
        "--input",
        "token=correct-horse",
    )
    follower = team.start("runs", "follow", "r", "-v")
    assert follower.stderr is not None
    lines = iter(follower.stderr.readline, "")
    assert "a | early ***\n" in lines
    (kept,) = team.query("SELECT text FROM duckflux_output")
    assert "early ***" in kept
    assert "correct-horse" not in kept
    (team.folder / "go").touch()
    rest = [*lines]
    assert follower.wait(timeout=60) == 0
    assert [line for line in rest if "early" in line] == []
    assert [line for line in rest if "late" in line] == ["a | late\n"]
    # Nothing is kept for the step that writes nothing.
    assert team.query("SELECT count(DISTINCT job) FROM duckflux_output") == [1]
    team.do("runs", "prune", "--older-than", "0s")
    assert team.query("SELECT count(*) FROM duckflux_output") == [0]


def test_without_a_worker_somebody_is_told(team: Team) -> None:
    team.write(w=f"flow:\n- {step('a')}\n")
    process = team.start("run", "w.duck.yaml", "--durable", team.url, "--quiet", "--id", "r")
    time.sleep(6)
    team.hire()
    stdout, _ = process.communicate(timeout=30)
    assert stdout == "a"
    loud = team.start("run", "w.duck.yaml", "--durable", team.url, "--label", "nobody")
    assert loud.stderr is not None
    assert "no worker takes the run" in loud.stderr.readline()
    loud.send_signal(signal.SIGINT)
    assert loud.wait(timeout=10) == 130


def test_branches_spread_over_the_workers(team: Team) -> None:
    branches = "\n".join(f"  - {step(f'p{n}', 'sleep 0.5')}" for n in range(4))
    team.write(w=f"flow:\n- parallel:\n{branches}\n")
    team.hire("--slots", "2")
    team.hire("--slots", "2")
    team.submit("r")
    assert json.loads(team.result("r")) == ["p0", "p1", "p2", "p3"]


# The steps of a flow, how many lines are written before the kill, and how often each begins then.
IN_FLIGHT = {
    "step": (f"- {step('slow', 'sleep 1')}", 3, {"slow+": 2}),
    "wait": ("- wait: {timeout: 1500ms}", 2, {}),
    "retry": (
        "- "
        + step(
            "slow",
            "test -e tried || { touch tried; exit 1; }",
            "onError: retry, retry: {max: 1, backoff: 1500ms}, ",
        ),
        3,
        {"slow+": 2},
    ),
    "fallback": (f"- {step('slow', 'exit 1', 'onError: rescue, ')}", 4, {"slow+": 1, "rescue+": 2}),
    "sub-workflow": ("- {as: sub, type: workflow, path: child.duck.yaml}", 5, {"c1+": 1, "slow+": 2}),
    "loop": (
        "- loop:\n    max: 'now > timestamp(\"2000-01-01T00:00:00Z\") ? 2 : 0'\n    steps:\n"
        f"    - {step('slow', 'sleep 0.7')}",
        3,
        {"slow+": 3},
    ),
}


@pytest.mark.parametrize("where", IN_FLIGHT)
def test_the_holder_is_killed(team: Team, where: str) -> None:
    steps, lines, begins = IN_FLIGHT[where]
    team.write(
        child=f"flow:\n- {step('c1')}\n- {{type: exec, run: 'true'}}\n- {step('slow', 'sleep 1')}\n",
        w=f"""
participants:
  rescue: {step("rescue", "sleep 1").replace("as: rescue, ", "")}
flow:
- {step("first")}
- {{type: exec, run: 'true'}}
{steps}
- {{type: exec, run: 'true'}}
- {step("last")}
output: last.output
""",
    )
    team.hire()
    team.hire()
    team.submit("r")
    holder = holder_of(team, "r")
    team.wait_for("ran.txt", times=lines)
    time.sleep(0.2)
    team.kill(holder)
    killed = time.monotonic()
    assert team.result("r").strip() == "last"
    assert time.monotonic() - killed < 10
    log = team.log()
    assert {name: log.count(name) for name in ("first+", *begins)} == {"first+": 1, **begins}
    assert log[-1] == "last-"


def test_what_a_killed_worker_started_is_gone_before_it_runs_again(team: Team) -> None:
    team.begin(f"flow:\n- {step('slow', 'sleep 3')}\n")
    holder = holder_of(team, "r")
    team.wait_for("ran.txt")
    team.kill(holder)
    team.result("r")
    assert team.log() == ["slow+", "slow+", "slow-"]


def test_the_guard_is_killed_and_then_its_worker(team: Team) -> None:
    team.begin(f"flow:\n- {step('slow', 'sleep 3')}\n")
    holder = holder_of(team, "r")
    team.wait_for("ran.txt")
    (guard,) = guards_of(holder)
    os.kill(guard, signal.SIGKILL)
    while guards_of(holder) in ([], [guard]):
        time.sleep(0.01)
    team.kill(holder)
    team.result("r")
    assert team.log() == ["slow+", "slow+", "slow-"]


def test_cancel_reaches_the_children(team: Team) -> None:
    team.begin(f"flow:\n- parallel:\n  - {step('a', 'sleep 77')}\n  - {step('b', 'sleep 77')}\n")
    team.wait_for("ran.txt", times=2)
    team.do("runs", "cancel", "r")
    begin = time.monotonic()
    while [*processes_in(team.folder)]:
        assert time.monotonic() - begin < 3.5
        time.sleep(0.02)
    assert "cancelled" in team.do("runs", "show", "r")
    team.result("r", code=143)


def test_an_event_is_kept_while_nobody_has_the_run(team: Team) -> None:
    team.write(w=f"flow:\n- {step('a')}\n- wait: {{event: go, timeout: 60s}}\noutput: event.n\n")
    worker = team.hire()
    team.submit("r")
    team.wait_for("ran.txt", times=2)
    team.kill(worker)
    team.do("runs", "emit", "go", '{"n": 5}')
    team.hire()
    assert team.result("r").strip() == "5"


def test_a_large_output_is_kept(team: Team) -> None:
    team.write(
        w="flow:\n- {as: big, type: exec, run: 'head -c 10000000 /dev/zero | tr \"\\\\0\" x'}\n"
        "- {type: exec, run: 'true'}\noutput: size(big.output)\n"
    )
    team.hire()
    team.submit("r")
    assert team.result("r").strip() == "10000000"


def test_a_stopped_worker_is_not_dead(team: Team) -> None:
    team.begin(f"flow:\n- {step('a', 'sleep 0.5')}\n- {step('b')}\n")
    holder = holder_of(team, "r")
    team.wait_for("ran.txt")
    holder.send_signal(signal.SIGSTOP)
    time.sleep(4)
    holder.send_signal(signal.SIGCONT)
    team.result("r")
    assert team.log() == ["a+", "a-", "b+", "b-"]


def test_who_is_taken_for_dead_does_nothing_any_more(team: Team, server: Postgres) -> None:
    team.begin(f"flow:\n- {step('a', 'sleep 4')}\n- {step('b')}\n")
    holder = holder_of(team, "r")
    team.wait_for("ran.txt")
    holder.send_signal(signal.SIGSTOP)
    # The lock of the one who is stopped goes with its connections, as when its network fails.
    database = team.url.rpartition("/")[2]
    locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
    for pid in server.query(database, locks).split():
        server.query(database, f"SELECT pg_terminate_backend({pid})")
    team.wait_for("ran.txt", times=2, seconds=15)
    holder.send_signal(signal.SIGCONT)
    team.result("r")
    log = team.log()
    assert log.count("b+") == 1
    assert log.count("a+") == 2


@pytest.mark.parametrize("how", ["restart", "crash", "down"])
def test_the_store_fails(team: Team, server: Postgres, how: str) -> None:
    steps = "\n".join(f"- {step(f's{n}', 'sleep 0.3')}\n- {{type: exec, run: 'true'}}" for n in range(6))
    team.begin(f"flow:\n{steps}\noutput: s5.output\n")
    team.wait_for("ran.txt", times=3)
    if how == "restart":
        server.restart()
    else:
        server.stop("immediate")
        time.sleep(8 if how == "down" else 0)
        server.start()
    assert team.result("r").strip() == "s5"
    log = team.log()
    assert [log.count(f"s{n}-") for n in range(6)] == [1] * 6


def test_a_worker_that_is_told_to_end_hands_over(team: Team) -> None:
    team.begin(f"flow:\n- {step('a')}\n- {step('b', 'sleep 2')}\n", workers=1)
    team.wait_for("ran.txt", times=3)
    (worker,) = team.workers
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=10) == 143
    assert not [*processes_in(team.folder)]
    shown = team.do("runs", "show", "r")
    assert "‖ interrupted" in shown
    assert "no worker takes the run: start one with `duckflux worker --durable URL`" in shown
    team.hire()
    assert team.result("r").strip() == "b"
    assert team.log().count("a+") == 1


def test_a_schedule_asks_for_runs(team: Team) -> None:
    team.write(w=f"inputs: {{n: {{type: integer}}}}\nflow:\n- {step('a')}\noutput: workflow.inputs.n\n")
    team.hire()
    team.hire()
    team.do("runs", "schedule", "w.duck.yaml", "--cron", "* * * * * *", "--name", "tick", "-i", "n=7")
    assert "* * * * * *" in team.do("runs", "schedules")
    team.wait_for("ran.txt", times=4, seconds=40)
    team.do("runs", "unschedule", "tick")
    assert team.do("runs", "schedules") == "there is no schedule\n"
    found = json.loads(team.do("runs", "list", "--json", "--state", "success"))
    ids = [run["id"] for run in found]
    assert all(run["output"] == 7 for run in found)
    assert all(id_.startswith("tick-2") for id_ in ids)
    # Once for each second, with two workers too.
    assert len(set(ids)) == len(ids)


def test_a_wrong_schedule_is_refused(team: Team) -> None:
    team.write(w=f"flow:\n- {step('a')}\n")
    done = team.try_to("runs", "schedule", "w.duck.yaml", "--cron", "every day")
    assert (done.returncode, done.stderr) == (1, "error: Invalid cron schedule: 'every day'\n")


def test_exclusive_runs_take_turns(team: Team) -> None:
    team.write(w=f"flow:\n- {step('a', 'sleep 0.5')}\n")
    team.hire()
    team.hire()
    for id_ in ("r1", "r2", "r3"):
        team.submit(id_, "--exclusive")
    for id_ in ("r1", "r2", "r3"):
        team.result(id_)
    assert team.log() == ["a+", "a-"] * 3


def test_connections_are_bounded(team: Team, server: Postgres) -> None:
    branches = "\n".join(f"  - {step(f'p{n}', 'sleep 0.2')}" for n in range(60))
    team.write(w=f"flow:\n- parallel:\n{branches}\n")
    team.hire("--slots", "4")
    team.submit("r")
    database, most = team.url.rpartition("/")[2], 0
    process = team.start("runs", "follow", "r")
    while process.poll() is None:
        most = max(most, server.connections(database))
        time.sleep(0.05)
    assert process.returncode == 0
    # A worker has at most 12, one that follows 5.
    assert most <= 17


def test_programs_of_another_format_leave_the_runs_alone(team: Team, tmp_path: Path) -> None:
    team.write(w=f"flow:\n- {step('a')}\n")
    script = tmp_path / "other.py"
    script.write_text(
        "import sys\nfrom duckflux.durable import dbos_store\ndbos_store.FORMAT = '0'\n"
        "from duckflux.cli.main import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    other = subprocess.Popen(
        [DUCKFLUX[0], str(script), "worker", "--durable", team.url],
        cwd=team.folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert other.stderr is not None
        assert other.stderr.readline().startswith("worker ")
        team.submit("r")
        time.sleep(2)
        assert "waiting" in team.do("runs", "show", "r")
        team.hire()
        assert team.result("r").strip() == "a"
    finally:
        other.kill()
        other.wait()
