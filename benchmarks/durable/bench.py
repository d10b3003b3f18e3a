"""Times durable runs against plain ones: `python -m benchmarks.durable.bench` (needs Debian's postgresql).

Prints ratios of medians, each measured beside its peer in the same round.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.durable.postgres.servers import Postgres, Team, holder_of, programs

ROUNDS = int(os.environ.get("DUCKFLUX_ROUNDS", "5"))
STEPS = 200
SEQUENCE = f"flow: [{{loop: {{max: {STEPS}, steps: [{{type: exec, run: 'true'}}]}}}}]\n"
DISPATCHED = "flow: [{loop: {max: 20, steps: [{type: exec, run: 'true'}]}}]\n"
PARALLEL = "flow:\n- parallel:\n" + "  - {type: exec, run: 'sleep 0.1'}\n" * 200
KILLED = "flow: [{type: exec, cwd: ., run: 'echo s >> ran.txt; sleep 30'}]\n"


def duration(team: Team, file: str, *arguments: str) -> float:
    """Return the milliseconds that a run took by its own clock."""
    folder = Path(tempfile.mkdtemp(dir=team.folder))
    team.do("run", file, "--quiet", "--trace-dir", str(folder), *arguments, timeout=300)
    (trace,) = folder.glob("*.json")
    return float(json.loads(trace.read_text())["execution"]["duration"])


def commit_ms(server: Postgres, url: str) -> float:
    """Return the milliseconds that one small commit takes from Python."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS commits (text text)")
        begin = time.perf_counter()
        for _ in range(200):
            connection.execute("INSERT INTO commits VALUES (%s)", ("x" * 200,))
        return (time.perf_counter() - begin) * 1000 / 200


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return int(line.split()[1]) / 1024


def killed_to_going_on(team: Team, id_: str) -> float:
    """Return the seconds from a kill of the holder to the repetition of its step elsewhere."""
    (team.folder / "ran.txt").unlink(missing_ok=True)
    team.submit(id_, file="killed.duck.yaml")
    team.wait_for("ran.txt")
    team.kill(holder_of(team, id_))
    begin = time.monotonic()
    team.wait_for("ran.txt", times=2)
    took = time.monotonic() - begin
    team.do("runs", "cancel", id_)
    team.hire("--slots", "100")
    return took


def main() -> int:
    if programs() is None:
        print("Postgres is not installed (apt install postgresql)")
        return 1
    with tempfile.TemporaryDirectory(prefix="duckflux-bench-") as place:
        data, folder = Path(place) / "pg", Path(place) / "runs"
        data.mkdir()
        folder.mkdir()
        Path(place).chmod(0o755)
        server = Postgres(data)
        team = Team(server.database(), folder)
        try:
            measure(server, team)
        finally:
            team.dismiss()
            server.stop("immediate")
    return 0


def measure(server: Postgres, team: Team) -> None:
    team.write(sequence=SEQUENCE, dispatched=DISPATCHED, parallel=PARALLEL, killed=KILLED)
    durable = ("--durable", team.url)
    # So many that the steps, which only sleep, run at once.
    workers = [team.hire("--slots", "100"), team.hire("--slots", "100")]
    rows: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        local = duration(team, "sequence.duck.yaml") / STEPS
        commit = commit_ms(server, team.url)
        postgres = duration(team, "sequence.duck.yaml", *durable) / STEPS
        sqlite = duration(team, "sequence.duck.yaml", "--durable", f"sqlite:{number}.db") / STEPS
        dispatched = duration(team, "dispatched.duck.yaml", *durable, "--spread", "all") / 20
        parallel_local = duration(team, "parallel.duck.yaml")
        parallel = duration(team, "parallel.duck.yaml", *durable)
        for name, value in {
            "step, local (ms)": local,
            "commit (ms)": commit,
            "step, Postgres (ms)": postgres,
            "step, Postgres : step + commit": postgres / (local + commit),
            "step, SQLite (ms)": sqlite,
            "step, dispatched (ms)": dispatched,
            "200 parallel on two workers : local": parallel / parallel_local,
            "kill to going on (s)": killed_to_going_on(team, f"killed{number}"),
        }.items():
            rows.setdefault(name, []).append(value)
    workers = team.workers
    before = [cpu_seconds(worker.pid) for worker in workers]
    time.sleep(20)
    for worker, cpu in zip(workers, before, strict=True):
        rows.setdefault("idle worker (% of a core)", []).append((cpu_seconds(worker.pid) - cpu) / 20 * 100)
        rows.setdefault("worker (MB)", []).append(rss_mb(worker.pid))
    for name, values in rows.items():
        print(f"{name:40} {statistics.median(values):8.2f}   {min(values):.2f} to {max(values):.2f}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
