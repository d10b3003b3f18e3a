"""How long analysis takes: fresh, and after one keystroke, for generated files of several sizes.

    python benchmarks/analysis/bench.py [--lines 30 1000 10000] [--repeat 5]

Times are those of the process (CPU), in milliseconds, the best of the rounds; the goals are for one keystroke.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from duckflux.language.analysis import Analysis, analyse

GOALS = {1_000: 5.0, 10_000: 30.0}
HEAD = """\
id: large
inputs:
  name: {type: string, default: x}
  rounds: {type: integer, default: 3}
participants:
"""


def text_of(lines: int) -> str:
    """A right workflow of about this many lines: participants with expressions, and every construct."""
    count = max(2, lines * 8 // 100)
    parts = [HEAD, *(_participant(number) for number in range(count)), "flow:\n"]
    length = sum(part.count("\n") for part in parts)
    number = 0
    while length < lines:
        step = _step(number, count)
        parts.append(step)
        length += step.count("\n")
        number += 1
    return "".join(parts)


def _participant(number: int) -> str:
    return f"""\
  p{number}:
    type: exec
    input:
      label: workflow.inputs.name + '{number}'
    run: echo "$label" {number}
    timeout: 5s
"""


def _step(number: int, count: int) -> str:
    own, before = f"p{number % count}", f"p{(number - 1) % count}"
    match number % 8:
        case 3:
            return f"  - if:\n      condition: has({before}.output)\n      then:\n        - {own}\n"
        case 5:
            return (
                f"  - loop:\n      max: workflow.inputs.rounds\n      steps:\n        - {own}\n"
                f"        - set:\n            k{number}: {own}.retries + loop.index\n"
            )
        case 6:
            return f"  - parallel:\n      - {own}\n      - {before}\n"
        case 7:
            return f"  - type: exec\n    run: cat\n  - {own}\n"
        case _:
            return f"  - {own}:\n      when: size(env) > 0 && !has({own}.output)\n      timeout: 3s\n"


def keystrokes(text: str) -> dict[str, Callable[[str, int], str]]:
    """Edits of one character each: in a command, in a condition, in an input's name, and a new line."""
    places = {
        "command": text.index(' "$label"', len(text) // 8),
        "condition": text.index("size(env)", len(text) * 3 // 4) + 9,
        "input": text.index("rounds:"),
    }

    def typed(at: int) -> Callable[[str, int], str]:
        return lambda old, round_: old[:at] + ("" if round_ % 2 else " ") + old[at + round_ % 2 :]

    return {name: typed(at) for name, at in places.items()}


def best(action: Callable[[], object], repeat: int) -> float:
    """Milliseconds of CPU of the fastest run."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        action()
        times.append((time.process_time() - start) * 1000)
    return min(times)


def after_edit(analysis: Analysis, edit: Callable[[str, int], str], repeat: int) -> float:
    times = []
    for round_ in range(repeat * 2):
        text = edit(analysis.document.text, round_)
        start = time.process_time()
        analysis = analyse(text, analysis.path, analysis)
        times.append((time.process_time() - start) * 1000)
    return min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--lines", type=int, nargs="+", default=[30, 1_000, 10_000])
    parser.add_argument("--repeat", type=int, default=5)
    args = parser.parse_args()
    print(f"{'lines':>6} {'fresh':>8} {'command':>8} {'condition':>9} {'input':>8} {'goal':>6}  (ms)")
    for lines in args.lines:
        text = text_of(lines)
        path = Path("large.duck.yaml")
        analysis = analyse(text, path)
        assert not analysis.errors, analysis.errors[:3]
        fresh = best(lambda text=text, path=path: analyse(text, path), args.repeat)  # type: ignore[misc]
        edits = [after_edit(analysis, edit, args.repeat) for edit in keystrokes(text).values()]
        goal = GOALS.get(lines)
        print(
            f"{text.count(chr(10)):>6} {fresh:>8.1f} {edits[0]:>8.1f} {edits[1]:>9.1f} {edits[2]:>8.1f}"
            f" {goal or '-':>6}"
        )


if __name__ == "__main__":
    main()
