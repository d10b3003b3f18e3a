"""`duckflux run --durable sqlite:PATH`, as a person uses it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

DUCKFLUX = [sys.executable, "-m", "duckflux"]
RUN = [*DUCKFLUX, "run", "w.duck.yaml", "--durable", "sqlite:runs.db", "--id", "r"]
# The second step waits until somebody makes the file `go`.
WORKFLOW = """
flow:
- {as: a, type: exec, cwd: ".", run: "echo a >> ran.txt; printf one"}
- {as: b, type: exec, cwd: ".", run: "echo b >> ran.txt; until test -e go; do sleep 0.02; done; printf two"}
output: '{"a": a.output, "b": b.output}'
"""


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "w.duck.yaml").write_text(WORKFLOW)

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            RUN,
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # Tests may be started where it is ignored, as in the background of a shell.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def do(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [*DUCKFLUX, *arguments, "--durable", "sqlite:runs.db"],
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout + done.stderr

    def wait_for(self, *log: str) -> None:
        deadline = time.monotonic() + 30
        while self.log != [*log]:
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)

    @property
    def log(self) -> list[str]:
        path = self.path / "ran.txt"
        return path.read_text().split() if path.exists() else []


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_it_goes_on_after_a_kill(folder: Folder) -> None:
    process = folder.start()
    folder.wait_for("a", "b")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (folder.path / "go").touch()
    again = folder.start()
    stdout, stderr = again.communicate(timeout=60)
    assert json.loads(stdout) == {"a": "one", "b": "two"}
    assert "✓ a reused" in stderr
    assert folder.log == ["a", "b", "b"]


def test_a_killed_run_is_shown_as_interrupted_until_it_goes_on(folder: Folder) -> None:
    process = folder.start()
    folder.wait_for("a", "b")
    assert "▸ running" in folder.do("runs", "list")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert "‖ interrupted" in folder.do("runs", "list")
    assert folder.do("runs", "list", "--state", "running") == "there is no run\n"
    assert [
        run["id"] for run in json.loads(folder.do("runs", "list", "--state", "interrupted", "--json"))
    ] == ["r"]
    shown = folder.do("runs", "show", "r")
    assert "‖ interrupted · w.duck.yaml · r" in shown
    command = f"duckflux run FILE --durable sqlite:{folder.path / 'runs.db'} --id r"
    assert f"no process has the run: `{command}` goes on with it" in shown
    # Events for it are kept.
    folder.do("runs", "emit", "go")
    folder.do("runs", "prune", "--older-than", "0s")
    again = folder.start()
    folder.wait_for("a", "b", "b")
    assert "▸ running" in folder.do("runs", "list")
    (folder.path / "go").touch()
    again.communicate(timeout=60)
    (run,) = json.loads(folder.do("runs", "list", "--json"))
    # It is as old as it is, whoever has ended it.
    assert (run["state"], run["started"]) == ("success", run["created"])


def test_who_follows_an_interrupted_run_is_told(folder: Folder) -> None:
    process = folder.start()
    folder.wait_for("a", "b")
    follower = subprocess.Popen(
        [*DUCKFLUX, "runs", "follow", "r", "--durable", "sqlite:runs.db"],
        cwd=folder.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert follower.stderr is not None
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    lines = iter(follower.stderr.readline, "")
    assert any("no process has the run: `duckflux run FILE" in line for line in lines)
    (folder.path / "go").touch()
    folder.start().communicate(timeout=60)
    stdout, _ = follower.communicate(timeout=60)
    assert json.loads(stdout) == {"a": "one", "b": "two"}


def test_it_goes_on_after_ctrl_c(folder: Folder) -> None:
    process = folder.start()
    folder.wait_for("a", "b")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "the run is kept: `--durable … --id r` goes on with it" in stderr
    (folder.path / "go").touch()
    again = folder.start()
    assert json.loads(again.communicate(timeout=60)[0]) == {"a": "one", "b": "two"}


def test_only_one_process_has_it(folder: Folder) -> None:
    process = folder.start()
    folder.wait_for("a", "b")
    other = folder.start()
    _, stderr = other.communicate(timeout=60)
    assert other.returncode == 1
    assert "another process has the run r now" in stderr
    (folder.path / "go").touch()
    assert json.loads(process.communicate(timeout=60)[0]) == {"a": "one", "b": "two"}
    assert folder.log == ["a", "b"]


def test_a_run_that_has_ended_gives_its_result_again(folder: Folder) -> None:
    (folder.path / "go").touch()
    first = folder.start().communicate(timeout=60)[0]
    assert folder.start().communicate(timeout=60)[0] == first
    assert folder.log == ["a", "b"]


def test_what_there_is_can_be_listed_and_deleted(folder: Folder) -> None:
    (folder.path / "go").touch()
    folder.start().communicate(timeout=60)
    (run,) = json.loads(folder.do("runs", "list", "--json"))
    assert (run["id"], run["state"], run["output"]) == ("r", "success", {"a": "one", "b": "two"})
    assert run["started"] == run["created"]
    assert "✓ success · w.duck.yaml · r" in folder.do("runs", "show", "r")
    assert "✓ b" in folder.do("runs", "follow", "r")
    assert "there is no run x" in folder.do("runs", "show", "x", code=1)
    assert "deleted r" in folder.do("runs", "prune", "--older-than", "0s")
    assert folder.do("runs", "list") == "there is no run\n"


@pytest.mark.parametrize("name", ["runs.db", "öffne ?x=1&#%41 %.db"])
def test_the_file_has_the_given_name_and_is_for_its_owner_alone(folder: Folder, name: str) -> None:
    (folder.path / "go").touch()
    before = {*folder.path.iterdir()}
    done = subprocess.run(
        [*DUCKFLUX, "run", "w.duck.yaml", "--durable", f"sqlite:{name}"],
        cwd=folder.path,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == {"a": "one", "b": "two"}
    made = {path for path in {*folder.path.iterdir()} - before if path.is_file()}
    assert made == {folder.path / name, folder.path / "ran.txt"}
    assert stat.S_IMODE((folder.path / name).stat().st_mode) == 0o600


SECRET = """
inputs: {token: {type: string, format: password}}
flow:
- {as: a, type: exec, input: '{"T": workflow.inputs.token}', run: 'echo "$T" | tee /dev/stderr; exit 1'}
"""


def test_secret_inputs_are_masked_wherever_the_run_is_told_of(folder: Folder) -> None:
    (folder.path / "w.duck.yaml").write_text(SECRET)
    secret = "token=correct-horse"
    said = folder.do("run", "w.duck.yaml", "--id", "s", "-v", "--input", secret, "--trace-dir", "t", code=2)
    said += folder.do("runs", "show", "s") + folder.do("runs", "show", "s", "--json")
    said += folder.do("runs", "follow", "s", "-v", code=2)
    said += "".join(path.read_text() for path in (folder.path / "t").iterdir())
    assert "exit code 1: ***" in said
    assert "a | ***" in said
    assert "correct-horse" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--limit", "-1"], "'-1' is not a number from 1 to 10000"),
        (["prune", "--older-than", "x"], "invalid duration 'x'"),
        (["schedule", "w.duck.yaml", "--cron", "* * * * *"], "schedules need workers, and SQLite has none"),
    ],
)
def test_mistakes_about_runs_are_refused(folder: Folder, arguments: list[str], said: str) -> None:
    (folder.path / "runs.db").touch()
    done = subprocess.run(
        [*DUCKFLUX, "runs", *arguments, "--durable", "sqlite:runs.db"],
        cwd=folder.path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_line_that_answers_a_wait_can_be_typed(folder: Folder) -> None:
    (folder.path / "w.duck.yaml").write_text("flow: [{wait: {event: go, timeout: 30s}}]\noutput: '7'\n")
    process = folder.start()
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line == "⏸ waits for go: duckflux runs emit go JSON --durable sqlite:runs.db\n"
    command = line.partition("duckflux ")[2].replace("JSON", "7")
    subprocess.run([*DUCKFLUX, *command.split()], cwd=folder.path, check=True, timeout=60)
    assert json.loads(process.communicate(timeout=60)[0]) == 7


def test_asking_about_runs_creates_no_database(folder: Folder) -> None:
    assert "runs.db does not exist" in folder.do("runs", "list", code=1)
    assert not (folder.path / "runs.db").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--detach"], "--detach is for durable runs: give --durable too"),
        (["--durable", "mysql://x"], "use sqlite:PATH or postgresql://USER@HOST/DATABASE"),
        (["--durable", "sqlite:"], "sqlite: needs the path of a file"),
        (["--durable", "sqlite:r.db", "--detach"], "--detach needs workers, and SQLite has none"),
        (
            ["--durable", "sqlite:r.db", "--event-backend", "nats", "--nats-url", "x"],
            "an event hub of their own",
        ),
        (["--durable", "sqlite:/dev/null/r.db"], "can't be used"),
        (["--durable", "sqlite:."], "can't be used: Is a directory"),
        (["--durable", "sqlite:w.duck.yaml"], "w.duck.yaml can't be used: file is not a database"),
        (["--durable", "postgresql://u:hidden@127.0.0.1"], "names no database"),
        (["--durable", "postgresql://u:hidden@127.0.0.1:x/d"], "the address of Postgres can't be read"),
        (["--durable", "postgresql://u:a@hidden@127.0.0.1/d"], "%40 for `@`"),
        (["--durable", "postgresql://u:a/hidden@127.0.0.1/d"], "%2F for `/`"),
        (["--durable", "postgresql://127.0.0.1:1/d?password=hidden"], "127.0.0.1:1/d can't be used"),
        (["--durable", "postgresql://postgres:hidden@127.0.0.1:1/x"], "can't be used"),
        (["--durable", "sqlite:r.db", "--id", "../x"], "can't be an id"),
    ],
)
def test_what_cannot_be_is_refused(folder: Folder, arguments: list[str], said: str) -> None:
    done = subprocess.run(
        [*DUCKFLUX, "run", "w.duck.yaml", *arguments],
        cwd=folder.path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr
