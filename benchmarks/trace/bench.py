"""Time and peak memory of traced runs, format by format, beside the same run without a trace.

    python -m benchmarks.trace.bench [--repeat 5] [--pin CPU] [--sizes 100 1000 10000 100000]

The workflow is a loop of `set` steps, which cost next to nothing themselves. `outputs of 10 kB` shows that memory
grows by bytes a step and not by values. The best of the repeats counts, the runs of one size take turns.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.runtime.bench import SET, loop, measured

FORMATS = ("json", "txt", "sqlite")
GOAL = 2.0
LARGE = "{set: {x: execution.context.base + string(loop.index)}}"


def large(size: int) -> str:
    """Each step's output is 10 kB that are new."""
    text = "x" * 10_000
    return f"flow: [{{set: {{base: \"'{text}'\"}}}}, {{loop: {{max: {size}, steps: [{LARGE}]}}}}]"


def best_of_turns(folder: Path, repeat: int) -> dict[str, tuple[float, int]]:
    """(seconds, peak memory in KiB) by format; `none` is without a trace."""
    run = [sys.executable, "-m", "duckflux", "run", "w.duck.yaml", "--quiet"]
    commands = {"none": run} | {
        form: [*run, "--trace-dir", "traces", "--trace-format", form] for form in FORMATS
    }
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
    for _ in range(repeat):
        for name, command in commands.items():
            found[name].append(measured(command, str(folder)))
            for path in folder.glob("traces/*"):
                path.unlink()
    return {name: (min(results)[0], max(memory for _, memory in results)) for name, results in found.items()}


def show(
    title: str, sizes: list[int], workflow: Callable[[int], str], repeat: int, goal_at: int | None = None
) -> None:
    print(title)
    print(f"{'steps':>8} {'format':>7} {'seconds':>8} {'ratio':>6} {'MiB':>7}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "w.duck.yaml").write_text(workflow(size))
            results = best_of_turns(folder, repeat)
        untraced = results["none"][0]
        for form, (seconds, memory) in results.items():
            row = f"{size:>8} {form:>7} {seconds:8.3f} {seconds / untraced:6.2f} {memory / 1024:7.1f}"
            print(row + (f"  goal: at most {GOAL} x none" if size == goal_at and form != "none" else ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--pin", type=int, metavar="CPU", help="run everything on this processor")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000])
    args = parser.parse_args()
    if args.pin is not None:
        os.sched_setaffinity(0, {args.pin})
    show("small outputs", args.sizes, lambda size: loop(size, SET), args.repeat, goal_at=10_000)
    show("outputs of 10 kB", [size for size in args.sizes if size <= 10_000], large, args.repeat)


if __name__ == "__main__":
    main()
