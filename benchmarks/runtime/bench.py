"""Time and peak memory of `duckflux run`, beside floors measured in the same minute.

    python benchmarks/runtime/bench.py [--repeat 5] [--pin CPU] [NAME...]

Every scenario runs in three sizes, so that growth that is not linear shows. The best of the repeats counts: other
load on the machine can only add. Peak memory is that of the command itself, without its steps' processes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

POPEN = (
    "subprocess.Popen(['/bin/sh', '-c', {command!r}], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, "
    "stderr=subprocess.PIPE, start_new_session=True)"
)


class Scenario(NamedTuple):
    """`workflow(size)` is its text, `floor(size)` Python that does the bare minimum; the goal, a factor of the
    floor or seconds, is for the last size."""

    sizes: tuple[int, ...]
    workflow: Callable[[int], str]
    floor: Callable[[int], str] | None = None
    factor: float | None = None
    seconds: float | None = None
    command: tuple[str, ...] = ("run", "--quiet")


def loop(size: int, steps: str) -> str:
    return f"flow: [{{loop: {{max: {size}, steps: [{steps}]}}}}]"


def cats(size: int) -> str:
    first = f"  - {{type: exec, run: head -c {size} /dev/zero | tr '\\0' x}}\n"
    return "flow:\n" + first + "  - {type: exec, run: cat}\n" * 10 + "  - {type: exec, run: wc -c}\n"


def bare_sequence(size: int) -> str:
    return f"import subprocess\nfor _ in range({size}): {POPEN.format(command='true')}.communicate()"


def bare_parallel(size: int) -> str:
    sleeps = POPEN.format(command="sleep 0.1")
    return f"import subprocess\nfor p in [{sleeps} for _ in range({size})]: p.communicate()"


def steps(size: int) -> str:
    """A file with as many steps, each with an expression or two, as people write them."""
    participants = "".join(
        f"  build{n}:\n    type: exec\n    timeout: 5m\n    input:\n      TARGET: workflow.inputs.target\n"
        f'    run: make "$TARGET" NUMBER={n}\n'
        for n in range(size // 10)
    )
    flow = "".join(
        f"  - build{n % (size // 10)}:\n      when: workflow.inputs.target != 'none{n}' && execution.number > 0\n"
        for n in range(size)
    )
    return f"inputs:\n  target: {{type: string, default: all}}\nparticipants:\n{participants}flow:\n{flow}"


SET = "{set: {x: loop.index + 1}}"
EVENTS = (
    "{type: emit, event: e, payload: {i: loop.index}}, "
    "{wait: {event: e, match: event.i == loop.index, timeout: 5s}}"
)
SCENARIOS = {
    "hello": Scenario(
        (1,), lambda _: "flow: [{type: exec, run: echo hello}]", lambda _: "import asyncio, yaml", factor=1.3
    ),
    "exec steps in sequence": Scenario(
        (100, 300, 1000), lambda n: loop(n, "{type: exec, run: 'true'}"), bare_sequence, factor=1.4
    ),
    "loop of set": Scenario((1_000, 3_000, 10_000), lambda n: loop(n, SET), seconds=0.35),
    "loop of set, traced": Scenario(
        (1_000, 3_000, 10_000), lambda n: loop(n, SET), command=("run", "--quiet", "--trace-dir", "traces")
    ),
    "parallel sleeps of 0.1 s": Scenario(
        (20, 60, 200),
        lambda n: "flow: [{parallel: [" + ", ".join(["{type: exec, run: sleep 0.1}"] * n) + "]}]",
        bare_parallel,
        factor=1.5,
    ),
    "bytes through ten cat": Scenario((1 << 20, 3 << 20, 10 << 20), cats, seconds=0.5),
    "lint of steps": Scenario((500, 1_500, 5_000), steps, seconds=0.8, command=("lint",)),
    "rounds of emit and wait": Scenario((100, 300, 1_000), lambda n: loop(n, EVENTS), seconds=0.4),
}


def measured(command: list[str], folder: str) -> tuple[float, int]:
    """(seconds, peak memory in KiB)."""
    begin = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.execv(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - begin, usage.ru_maxrss


def best(command: list[str], folder: str, repeat: int) -> tuple[float, int]:
    results = [measured(command, folder) for _ in range(repeat)]
    return min(seconds for seconds, _ in results), max(memory for _, memory in results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="scenarios; default: all")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--pin", type=int, metavar="CPU", help="run everything on this processor")
    args = parser.parse_args()
    # As installed: the floor's modules have their byte code, ours shall have theirs.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if args.pin is not None:
        os.sched_setaffinity(0, {args.pin})
    print(f"{'scenario':28} {'size':>9} {'seconds':>8} {'MiB':>6} {'floor':>7} {'ratio':>6}  goal")
    for name, scenario in SCENARIOS.items():
        if args.names and not any(wanted in name for wanted in args.names):
            continue
        for size in scenario.sizes:
            print(row(name, scenario, size, args.repeat))


def row(name: str, scenario: Scenario, size: int, repeat: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "w.duck.yaml").write_text(scenario.workflow(size))
        run = [sys.executable, "-m", "duckflux", *scenario.command, "w.duck.yaml"]
        seconds, memory = best(run, folder, repeat)
        floor = None
        if scenario.floor is not None:
            floor, _ = best([sys.executable, "-c", scenario.floor(size)], folder, repeat)
    text = f"{name:28} {size:>9} {seconds:8.3f} {memory / 1024:6.1f}"
    text += f" {floor:7.3f} {seconds / floor:6.2f}" if floor else " " * 15
    if size == scenario.sizes[-1]:
        text += f"  {goal(scenario)}"
    return text


def goal(scenario: Scenario) -> str:
    if scenario.factor is not None:
        return f"<= {scenario.factor} x floor"
    return f"<= {scenario.seconds} s" if scenario.seconds is not None else ""


if __name__ == "__main__":
    main()
