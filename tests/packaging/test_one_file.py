"""`duckflux` as one file, built from the source distribution and started where there is no Python."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from duckflux.version import __version__

from .conftest import ROOT

pytestmark = [
    pytest.mark.skipif(
        "DUCKFLUX_PACKAGING" not in os.environ, reason="ONE FILE NOT BUILT: set DUCKFLUX_PACKAGING=1"
    ),
    pytest.mark.skipif(
        sys.platform == "linux" and shutil.which("objdump") is None,
        reason="ONE FILE NOT BUILT: install binutils",
    ),
    pytest.mark.skipif(sys.platform == "win32", reason="ONE FILE NOT BUILT: the tests use a POSIX shell"),
]
# What the launcher and the workflows below call.
PROGRAMS = ("sh", "tail", "tar", "gzip", "mkdir", "mv", "rm", "sleep", "env")


@pytest.fixture(scope="session")
def one_file(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, built once for all workers of a test run."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "one file"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            _build(sdist, folder / "built")
    (built,) = (folder / "built").iterdir()
    return built


def _build(sdist: Path, folder: Path) -> None:
    build = [sys.executable, ROOT / "packaging" / "one_file" / "build.py", sdist, folder]
    subprocess.run(build, check=True, capture_output=True)


class Machine:
    """A user's folders on a machine without Python."""

    def __init__(self, folder: Path, one_file: Path) -> None:
        self.folder = folder
        programs = folder / "programs"
        programs.mkdir()
        for name in PROGRAMS:
            (programs / name).symlink_to(shutil.which(name) or "")
        for command in ("duckflux", "duckflux-ls", "quack"):
            (programs / command).symlink_to(one_file)
        (folder / "temporary").mkdir()
        self.environment = {
            "PATH": str(programs),
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "temporary"),
            "XDG_CACHE_HOME": str(one_file.parent.parent / "cache"),
            "LANG": "C.UTF-8",
        }

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            executable=shutil.which(command[0], path=self.environment["PATH"]),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str, str]:
        process = self.start(*command)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors


@pytest.fixture
def machine(tmp_path: Path, one_file: Path) -> Machine:
    return Machine(tmp_path, one_file)


def test_it_runs_a_workflow(machine: Machine) -> None:
    machine.write("hello.duck.yaml", "flow: [{type: exec, run: echo hellö}]\n")
    assert machine.run("duckflux", "run", "--quiet", "hello.duck.yaml") == (0, "hellö\n", "")
    assert machine.run("duckflux", "--version")[1] == f"duckflux {__version__}\n"
    assert machine.run("quack", "version")[1] == "0.7.3\n"


def test_commands_do_not_see_its_own_libraries(machine: Machine) -> None:
    machine.environment["LD_LIBRARY_PATH"] = "/opt/own"
    machine.write("env.duck.yaml", "flow: [{type: exec, run: env}]\n")
    code, output, _ = machine.run("duckflux", "run", "--quiet", "env.duck.yaml")
    assert code == 0
    assert "LD_LIBRARY_PATH=/opt/own\n" in output
    assert "_PYI" not in output and "_internal" not in output


def test_a_run_that_fails_says_where_and_a_trace_shows_it(machine: Machine) -> None:
    machine.write("w.duck.yaml", "flow:\n  - {as: broken, type: exec, run: exit 7}\n")
    code, _, errors = machine.run("duckflux", "run", "w.duck.yaml", "--trace-dir", "traces")
    assert code == 2
    assert "w.duck.yaml:2:" in errors and "broken" in errors and "Traceback" not in errors
    (trace,) = (machine.folder / "traces").iterdir()
    shown = machine.run("duckflux", "trace", "show", str(trace))[1]
    assert "broken" in shown and "exit code 7" in shown
    page = machine.run("duckflux", "trace", "export", str(trace), "--to", "html")[1]
    assert "</html>" in page


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(machine: Machine, number: signal.Signals) -> None:
    machine.write("w.duck.yaml", "flow: [{type: exec, run: 'setsid sh -c \"sleep 86411\" & sleep 86411'}]\n")
    (machine.folder / "programs" / "setsid").symlink_to(shutil.which("setsid") or "")
    process = machine.start("duckflux", "run", "--quiet", "w.duck.yaml")
    until(lambda: len(sleeping(machine)) == 2)
    process.send_signal(number)
    process.communicate(timeout=30)
    until(lambda: not own_processes(machine))
    assert [*(machine.folder / "temporary").iterdir()] == []


def own_processes(machine: Machine) -> list[bytes]:
    """The command lines of all living processes with this machine's environment."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if machine.environment["HOME"].encode() in environment and command:
            found.append(command)
    return found


def sleeping(machine: Machine) -> list[bytes]:
    return [command for command in own_processes(machine) if command.startswith(b"sleep\x0086411")]


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_checks_workflows(machine: Machine) -> None:
    machine.write("w.duck.yaml", "flow:\n  - absent\n")
    code, output, _ = machine.run("duckflux", "lint", "w.duck.yaml")
    assert code == 1 and "w.duck.yaml:2:5" in output and "DF301" in output
    assert "(DF301)" in machine.run("duckflux", "explain", "DF301")[1]


def test_the_language_server_shows_mistakes_and_runs_a_workflow(machine: Machine) -> None:
    ran = subprocess.run(
        [
            sys.executable,
            ROOT / "examples" / "demo.py",
            machine.folder / "programs" / "duckflux-ls",
            "--stdio",
        ],
        env={**os.environ, **machine.environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert f"talking to duckflux-ls {__version__}" in ran.stdout
    assert "[DF" in ran.stdout
    assert "✓" in ran.stdout


def test_what_workflows_may_need_is_there(machine: Machine) -> None:
    machine.write("w.duck.yaml", "flow: [{type: http, url: 'http://127.0.0.1:9/'}]\n")
    _, _, errors = machine.run("duckflux", "run", "w.duck.yaml")
    assert "127.0.0.1" in errors and "pip install" not in errors
    machine.write("ci.yml", "# why\njobs: {a: {steps: [{run: echo a}]}}\n")
    assert machine.run("duckflux", "import", "github-actions", "ci.yml", "-o", "ci.duck.yaml")[0] == 0
    assert machine.run("duckflux", "ci.duck.yaml")[0] == 0
    listed = machine.run("duckflux", "mcp", "list", "ci.duck.yaml")
    assert "pip install" not in listed[2]


def test_what_is_not_in_it_is_said(machine: Machine) -> None:
    code, _, errors = machine.run("duckflux", "runs", "list", "--durable", "sqlite:runs.db")
    assert code == 1
    assert "the one-file duckflux does not contain it; the package does: pip install" in errors


def test_the_web_server_runs_workflows(machine: Machine) -> None:
    machine.write("hello.duck.yaml", "id: hello\nflow: [{type: exec, run: echo hello}]\n")
    process = machine.start("duckflux", "server", "--port", "0")
    try:
        assert process.stdout is not None
        url, _, token = process.stdout.readline().strip().partition("/?token=")
        client = httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        started = client.post("/api/execute", json={"filePath": "hello.duck.yaml", "inputs": {}}).json()
        run = f"/api/executions/{started['executionId']}"
        until(lambda: client.get(run).json()["execution"]["state"] == "success")
    finally:
        process.terminate()
        process.communicate(timeout=30)
