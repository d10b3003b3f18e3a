"""Measures what it costs a run to have a socket, and to be watched: CPU time of the run's process.

.venv/bin/python benchmarks/runtime/live.py [PAIRS]
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

STEPS = 6_000
LOOP = "{loop: {max: " + str(STEPS // 2) + ", steps: [{set: {a: '1'}}, {set: {a: '2'}}]}}"
WORKFLOWS = {
    "hello": "flow: [{as: hello, type: exec, run: echo hello}]",
    f"{STEPS:,} steps": f"flow: [{LOOP}]",
    "50 MB of output": "flow: [{type: exec, run: 'head -c 50000000 /dev/zero | tr \"\\\\0\" x'}]\noutput: '1'",
    "3,000 lines": "flow: [{type: exec, run: 'seq 3000 | while read i; do echo $i; done'}]\noutput: '1'",
}
WATCHED = f"flow: [{{wait: {{event: go}}}}, {LOOP}]"


def seconds(folder: Path, text: str, *options: str, followers: int = 0) -> tuple[float, int, float]:
    """The CPU time of a run, the number of lines that its followers got, and how long it took from then on."""
    (folder / "w.duck.yaml").write_text(text)
    command = [sys.executable, "-m", "duckflux", "run", "w.duck.yaml", "--quiet", *options]
    environment = os.environ | {"DUCKFLUX_RUNTIME_DIR": str(folder / "run")}
    run = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    counts: list[int] = []
    threads = [threading.Thread(target=_follow, args=(folder / "run", counts)) for _ in range(followers)]
    for thread in threads:
        thread.start()
    begin = time.perf_counter()
    if followers:
        while len(counts) < followers:
            time.sleep(0.01)
        counts.clear()
        with _connected(folder / "run") as connection, connection.makefile("rb") as lines:
            lines.readline()
            begin = time.perf_counter()
            connection.sendall(b'{"request": "emit", "event": "go"}\n')
            lines.readline()
    _, _, usage = os.wait4(run.pid, 0)
    run.returncode = 0
    for thread in threads:
        thread.join()
    return usage.ru_utime + usage.ru_stime, sum(counts), time.perf_counter() - begin


def _connected(folder: Path) -> socket.socket:
    while True:
        for path in folder.glob("*.sock"):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(path))
            return connection
        time.sleep(0.01)


def _follow(folder: Path, counts: list[int]) -> None:
    connection = _connected(folder)
    connection.sendall(b'{"request": "follow"}\n')
    with connection.makefile("rb") as lines:
        for line in lines:
            if b'"answer":"follow"' in line:
                break
        counts.append(0)
        counts.append(sum(1 for _ in lines))


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        print("Ratio of CPU times, the lower quarter of each, with a socket to without")
        for title, text in WORKFLOWS.items():
            without, with_ = [], []
            for _ in range(pairs):
                without.append(seconds(folder, text, "--no-control")[0])
                with_.append(seconds(folder, text)[0])
            print(f"{title:>18}: {sorted(with_)[pairs // 4] / sorted(without)[pairs // 4]:.3f}")
        print(f"{STEPS:,} steps, watched by")
        alone = None
        for followers in (0, 1, 5):
            times = [_watched(folder, followers) for _ in range(max(3, pairs // 3))]
            spent, lines, wall = min(times)
            alone = alone or spent
            more = (spent - alone) / STEPS * 1e6
            rate = f", {lines / followers / wall:,.0f} events a second to each" if followers else ""
            print(f"{followers:>18}: {spent / alone:.3f}, {more:.1f} µs more a step{rate}")


def _watched(folder: Path, followers: int) -> tuple[float, int, float]:
    if followers:
        return seconds(folder, WATCHED, followers=followers)
    return seconds(folder, WATCHED.replace("wait: {event: go}", "set: {b: '1'}"))


if __name__ == "__main__":
    main()
