"""Each command line that the reference's documentation shows, typed into a shell with this `quack`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ..runtime.hubs.conftest import Server, needs

SCRIPTS = Path(sys.executable).parent
WORKFLOW = """\
inputs:
  name: {type: string, default: nobody}
  count: {type: integer, default: 1, minimum: 1}
participants:
  place: {type: exec, run: pwd -P}
flow:
  - place
output:
  name: workflow.inputs.name
  count: workflow.inputs.count
  place: place.output
"""
EVENTS = """\
flow:
  - {type: emit, event: pond.full, payload: {ducks: 3}}
  - wait: {event: pond.full, timeout: 10s}
output: event.ducks
"""
INPUTS = '{"name": "File", "count": 2}'
VALUES = """\
flow: [{type: exec, run: 'true'}]
output: workflow.inputs
"""


class Shell:
    """A shell in a folder with the files that the documentation speaks of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("workflow.yaml", WORKFLOW)
        self.write("inputs.json", INPUTS)
        (folder / "workdir").mkdir()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path.resolve())


class Run(NamedTuple):
    """A command line that runs `workflow.yaml`, and what its output then says."""

    line: str
    name: str = "nobody"
    count: int = 1
    folder: str = ""


RUNS = (
    Run("quack run workflow.yaml"),
    Run("quack workflow.yaml"),
    Run("quack run workflow.yaml --input name=World --input count=3", "World", 3),
    Run("quack run workflow.yaml -i name=World -i count=3", "World", 3),
    Run("quack run workflow.yaml --input-file inputs.json", "File", 2),
    Run("cat inputs.json | quack run workflow.yaml", "File", 2),
    Run("quack run workflow.yaml --cwd workdir", folder="/workdir"),
    Run('quack run workflow.yaml --cwd "$PWD/workdir" --verbose', folder="/workdir"),
    Run("quack run workflow.yaml --event-backend memory"),
    # What comes first wins: --input, --input-file, stdin.
    Run("quack run workflow.yaml --input-file inputs.json --input name=World", "World", 2),
    Run("""echo '{"name": "Pipe"}' | quack run workflow.yaml --input-file inputs.json""", "File", 2),
    Run("""echo '{"name": "Pipe", "count": 5}' | quack run workflow.yaml --input name=World""", "World", 5),
)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.line)
def test_run(shell: Shell, run: Run) -> None:
    done = shell.type(run.line)
    assert done.returncode == 0, done.stderr
    expected = {"name": run.name, "count": run.count, "place": f"{shell.folder}{run.folder}\n"}
    assert done.stdout == f"{json.dumps(expected, indent=2)}\n"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("name=World", {"name": "World"}),
        ("count=3", {"count": 3}),
        ("active=true", {"active": True}),
        ("""data='{"x":1}'""", {"data": {"x": 1}}),
        ("items='[1,2,3]'", {"items": [1, 2, 3]}),
        ("flag", {"flag": True}),
    ],
)
def test_values_of_inputs(shell: Shell, option: str, value: object) -> None:
    shell.write("workflow.yaml", VALUES)
    assert json.loads(shell.type(f"quack run workflow.yaml --input {option}").stdout) == value


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("quack lint workflow.yaml", 0),
        ("quack lint workflow.yaml 2>&1", 0),
        ("if quack lint workflow.yaml; then true; else exit 9; fi", 0),
        ("quack validate workflow.yaml", 0),
        ("quack validate workflow.yaml --input name=World --input count=3", 0),
        ("quack validate workflow.yaml --input-file inputs.json", 0),
        ("""echo '{"name":"World"}' | quack validate workflow.yaml""", 0),
        ("quack validate workflow.yaml --input count=0", 1),
        ("quack lint broken.yaml", 1),
        ("quack validate broken.yaml", 1),
        ("quack lint absent.yaml", 1),
    ],
)
def test_lint_and_validate(shell: Shell, line: str, code: int) -> None:
    shell.write("broken.yaml", "flow: [nobody]")
    done = shell.type(line)
    assert (done.returncode, done.stdout) == (code, "" if code else "valid\n")
    assert bool(done.stderr) == bool(code)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("quack frobnicate workflow.yaml", 1, "Available commands: "),
        ("quack run", 1, "Usage: quack run"),
        ("quack run absent.yaml", 1, "absent.yaml"),
        ("quack run fails.yaml", 2, "exit code 3"),
        ("quack run workflow.yaml --event-backend nats", 1, "--nats-url"),
    ],
)
def test_exit_codes(shell: Shell, line: str, code: int, said: str) -> None:
    shell.write("fails.yaml", "flow: [{as: s, type: exec, run: exit 3}]")
    done = shell.type(line)
    assert (done.returncode, done.stdout) == (code, "") and said in done.stderr


def test_version(shell: Shell) -> None:
    done = shell.type("quack version")
    assert done.returncode == 0 and [part.isdigit() for part in done.stdout.strip().split(".")] == [True] * 3


@pytest.mark.parametrize(
    ("options", "suffix"),
    [
        ("", ".json"),
        (" --trace-format json", ".json"),
        (" --trace-format txt", ".txt"),
        (" --trace-format sqlite", ".sqlite"),
    ],
)
def test_a_trace_is_one_file_by_the_id_of_the_run(shell: Shell, options: str, suffix: str) -> None:
    shell.write("workflow.yaml", "flow: [{type: exec, run: 'true'}]\noutput: execution.id")
    done = shell.type(f"quack run workflow.yaml --trace-dir ./traces{options}")
    (trace,) = (shell.folder / "traces").iterdir()
    assert trace.name == f"{done.stdout.strip()}{suffix}"


@pytest.fixture(params=["nats", "redis"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    needs(request.param)
    server = Server(request.param, tmp_path_factory.mktemp(request.param))
    server.start()
    yield server
    server.kill()


def test_event_backends(shell: Shell, server: Server) -> None:
    shell.write("workflow.yaml", EVENTS)
    address = {
        "nats": f"--nats-url nats://{server.address}",
        "redis": f"--redis-addr {server.address}",
    }[server.kind]
    for options in (
        f"--event-backend {server.kind} {address}",
        f"--event-backend={server.kind} {address.replace(' ', '=')}",
    ):
        done = shell.type(f"quack run workflow.yaml {options}")
        assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")
