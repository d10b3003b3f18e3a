"""Measures `duckflux server`: its start, lists of 1,000 and 10,000 traces, a run of 10,000 steps, its memory.

.venv/bin/python benchmarks/web/bench.py
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx2
import msgspec
from duckflux.trace.model import Execution, Step

TIMES = 20
CLIENTS = 50


def write_runs(folder: Path, count: int) -> None:
    """Write the traces of runs of 20 workflows, with 20 steps each."""
    folder.mkdir()
    time_ = "2026-01-01T00:00:00.000Z"
    steps = [Step(seq, "step", "exec", time_, time_, 10, "success", output="x" * 200) for seq in range(1, 21)]
    for number in range(count):
        begin = f"2026-01-{1 + number // 1000:02}T{number % 1000 // 60:02}:{number % 60:02}:00.000Z"
        run = Execution(f"id-{number}", begin, begin, 10, "success", {}, None, workflow_id=f"w{number % 20}")
        content = msgspec.json.encode({"execution": run, "steps": steps})
        (folder / f"{number}.json").write_bytes(content)


def write_long_run(folder: Path) -> None:
    """Write the trace of a run with 10,000 steps."""
    folder.mkdir()
    time_ = "2026-01-01T00:00:00.000Z"
    steps = [
        Step(seq, "step", "exec", time_, time_, 10, "success", output="x" * 200) for seq in range(1, 10_001)
    ]
    run = Execution("long", time_, time_, 10, "success", {}, None)
    (folder / "long.json").write_bytes(msgspec.json.encode({"execution": run, "steps": steps}))


class Server:
    """A started server."""

    def __init__(self, folder: Path, traces: Path) -> None:
        begin = time.perf_counter()
        command = [sys.executable, "-m", "duckflux", "server", "--port", "0", "--trace-dir", str(traces)]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        url, _, token = self.process.stdout.readline().strip().partition("/?token=")
        self.started = time.perf_counter() - begin
        self.headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx2.Client(base_url=url, headers=self.headers, timeout=60)

    def seconds(self, path: str, **options: Any) -> float:
        """How long an answer takes."""
        begin = time.perf_counter()
        self.client.request(options.pop("method", "GET"), path, **options).raise_for_status()
        return time.perf_counter() - begin

    def memory(self) -> float:
        """The most memory it has used, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def end(self) -> None:
        """End the server."""
        self.client.close()
        self.process.terminate()
        self.process.wait()


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "w.duck.yaml").write_text("flow: [{type: exec, run: echo hello}]")
        for count in (1_000, 10_000):
            write_runs(folder / f"runs-{count}", count)
            server = Server(folder, folder / f"runs-{count}")
            first = server.seconds("/api/executions")
            again = statistics.median(server.seconds("/api/executions") for _ in range(TIMES))
            filtered = statistics.median(
                server.seconds("/api/executions?text=id-7&status=success") for _ in range(TIMES)
            )
            print(
                f"{count:,} traces: started in {server.started:.2f} s; first list {first * 1000:.0f} ms, then "
                f"{again * 1000:.1f} ms, filtered {filtered * 1000:.1f} ms; {server.memory():.0f} MB"
            )
            server.end()
        write_long_run(folder / "long")
        server = Server(folder, folder / "long")
        page = statistics.median(server.seconds("/runs/long") for _ in range(5))
        print(f"10,000 steps: page in {page * 1000:.0f} ms; {server.memory():.0f} MB")
        _many_clients(server)
        server.end()


def _many_clients(server: Server) -> None:
    """Print how long answers take while many clients follow runs."""
    ready = threading.Barrier(CLIENTS + 1)

    def follow() -> None:
        url = f"{server.client.base_url}/api/events"
        with httpx2.stream("GET", str(url), headers=server.headers, timeout=60) as answer:
            for _ in answer.iter_bytes():
                ready.wait(30)
                break

    threads = [threading.Thread(target=follow) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    answer = statistics.median(server.seconds("/api/executions") for _ in range(TIMES))
    ready.wait(30)
    for thread in threads:
        thread.join()
    print(f"{CLIENTS} clients that follow runs: a list in {answer * 1000:.1f} ms; {server.memory():.0f} MB")


if __name__ == "__main__":
    main()
