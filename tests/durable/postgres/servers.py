"""A Postgres server of our own in a temporary folder, and workers of its databases."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from duckflux.durable.dbos_store import DbosClient, Location
from duckflux.durable.store import RunInfo

DUCKFLUX = [sys.executable, "-m", "duckflux"]


def programs() -> Path | None:
    """Return the folder of Postgres' programs, None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


class Postgres:
    """A server. It runs as the user `postgres` where the tests run as root, which it refuses."""

    def __init__(self, folder: Path) -> None:
        self.bin = programs() or Path()
        self.folder = folder
        self._user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._databases = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self._do("initdb", "-D", folder / "data", "-A", "trust", "-U", "postgres", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-k {self.folder} -p {self.port} -c listen_addresses=127.0.0.1"
        self._do(
            "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        self._do("pg_ctl", "-D", self.folder / "data", "-w", "-m", mode, "stop")

    def restart(self) -> None:
        self._do(
            "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-m", "fast", "restart"
        )

    def database(self) -> str:
        """Create a database and return its URL."""
        self._databases += 1
        name = f"test{self._databases}"
        self.query("postgres", f"CREATE DATABASE {name}")
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def query(self, database: str, text: str) -> str:
        arguments = ("-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-d", database, "-At", "-c", text)
        return self._do("psql", *arguments)

    def connections(self, database: str) -> int:
        return int(
            self.query("postgres", f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'")
        )

    def _do(self, program: str, *arguments: object) -> str:
        identity: dict[str, Any] = {}
        if self._user is not None:
            identity = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        output = self.folder / f"{program}.out"
        # The server keeps the descriptors that it inherits: it must not get a pipe.
        with output.open("w+b") as file:
            done = subprocess.run(
                [str(self.bin / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd="/",
                check=False,
                **identity,
            )
            file.seek(0)
            text = file.read().decode()
        assert done.returncode == 0, f"{program}: {text}"
        return text.strip()


class Team:
    """Workers of one database, and commands about its runs. `folder` is where the workflows are."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.workers: list[subprocess.Popen[str]] = []
        self._client: DbosClient | None = None
        self.environment = {**os.environ, "DUCKFLUX_DURABLE": url}

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / f"{name}.duck.yaml").write_text(text)

    def hire(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a worker and return it when it takes work."""
        worker = subprocess.Popen(
            [*DUCKFLUX, "worker", *arguments],
            cwd=self.folder,
            env={**self.environment, **variables},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert worker.stderr is not None
        line = worker.stderr.readline()
        assert line.startswith("worker "), line
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[str]) -> None:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        self.workers.remove(worker)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command."""
        return subprocess.Popen(
            [*DUCKFLUX, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Tests may be started where it is ignored, as in the background of a shell.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def try_to(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a command and return how it ended."""
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def do(self, *arguments: str, timeout: float = 60, code: int = 0) -> str:
        """Run a command and return what it printed."""
        done = self.try_to(*arguments, timeout=timeout)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    def begin(self, text: str, *arguments: str, workers: int = 2) -> None:
        """Start workers, and a run `r` of a workflow with a text."""
        self.write(w=text)
        for _ in range(workers):
            self.hire()
        self.submit("r", *arguments)

    def submit(self, id_: str, *arguments: str, file: str = "w.duck.yaml") -> None:
        self.do("run", file, "--durable", self.url, "--id", id_, "--detach", *arguments)

    def result(self, id_: str, *, timeout: float = 60, code: int = 0) -> str:
        """Return what a run gave, once it has ended."""
        return self.do("runs", "follow", id_, timeout=timeout, code=code)

    def find(self, id_: str) -> RunInfo:
        self._client = self._client or DbosClient(Location(self.url))
        found = self._client.find(id_)
        assert found is not None
        return found

    def journal(self, id_: str) -> list[str]:
        """Return all that is kept of what a run did."""
        self.find(id_)
        assert self._client is not None
        return self._client.journal(id_)

    def query(self, text: str) -> list[Any]:
        """Return the first column of what the store answers."""
        import psycopg

        with psycopg.connect(self.url) as connection:
            return [row[0] for row in connection.execute(text).fetchall()]

    def wait_for(self, name: str, *, seconds: float = 20, times: int = 1) -> None:
        """Wait until a file has so many lines."""
        deadline = time.monotonic() + seconds
        while len(self.log(name)) < times:
            assert time.monotonic() < deadline, f"{name}: {self.log(name)}"
            time.sleep(0.01)

    def log(self, name: str = "ran.txt") -> list[str]:
        path = self.folder / name
        return path.read_text().split() if path.exists() else []

    def dismiss(self) -> None:
        if self._client is not None:
            self._client.close()
        for worker in self.workers:
            with contextlib.suppress(ProcessLookupError):
                worker.send_signal(signal.SIGCONT)
                worker.kill()
            worker.wait()


def holder_of(team: Team, id_: str) -> subprocess.Popen[str]:
    """Return the worker that has a run, once one has it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        holder = (team.find(id_).holder or "").split("-")
        for worker in team.workers:
            if str(worker.pid) in holder:
                return worker
        time.sleep(0.05)
    raise AssertionError("no worker takes the run")


def guards_of(worker: subprocess.Popen[str]) -> list[int]:
    """Return the guards of a worker's runs that live."""
    found = []
    for child in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if b"duckflux-guard" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found


def processes_in(folder: Path) -> Iterator[int]:
    """Yield the processes that work in a folder, but Python's."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == folder and b"python" not in (entry / "cmdline").read_bytes():
                    yield int(entry.name)
