"""How fast CEL is, beside cel-python and Google's C++ implementation: `python benchmarks/cel/compare.py`.

Ten expressions as workflows have them, over a context of twenty variables. Each figure is the best of several
rounds, in microseconds; the ratios say how many times as long the others take. The others need their own
representation of the context; the time to make it, once, stands below the table.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import celpy
from cel_expr_python import cel as google
from cel_expr_python.ext import ext_strings
from duckflux import cel
from duckflux.cel.compiler import RULES, Compiler
from duckflux.cel.syntax.parser import parse

STEP = {"status": "success", "output": {"approved": True, "score": 8, "text": "fine"}, "retries": 0}
CONTEXT: dict[str, Any] = {
    "workflow": {"id": "review", "inputs": {"threshold": 7, "branch": "main", "tags": ["a", "b", "c"]}},
    "execution": {"id": "1", "number": 1, "context": {"round": 3}},
    "loop_": {"index": 1, "iteration": 2, "first": False, "last": False},
    "env": {"CI": "true", "HOME": "/home/dev"},
    "input": {"message": "hello world", "items": [{"price": 3, "qty": 2}, {"price": 5, "qty": 1}]},
    "output": "text",
    "build": STEP,
    "review": {"status": "failure", "output": "text", "error": "boom", "retries": 2},
    **{f"step{number}": STEP for number in range(12)},
}
EXPRESSIONS = (
    "build.status == 'success'",
    "build.output.approved == true",
    "loop_.iteration < 3",
    "build.status == 'success' && build.output.score >= workflow.inputs.threshold",
    "review.status == 'failure' || loop_.iteration >= 5 || env.CI == 'true'",
    "has(build.output.approved) && build.output.approved && loop_.index > 0 && workflow.inputs.branch == 'main'",
    "input.message.contains('world') && !input.message.startsWith('bye')",
    "'round ' + string(execution.context.round + 1)",
    "input.items.exists(i, i.price > 4)",
    "{'title': build.output.score > 5 ? 'ok' : 'bad', 'tags': workflow.inputs.tags}",
)


class Row(NamedTuple):
    """What one expression costs, in microseconds."""

    compile: tuple[float, float, float]
    evaluate: tuple[float, float, float]


def best(call: Callable[[], object], seconds: float) -> float:
    """Microseconds of one call, the least of five rounds."""
    count = 1
    while (taken := _time(call, count)) < seconds / 10:
        count = max(count * 2, int(count * seconds / 10 / max(taken, 1e-9)))
    return min(_time(call, count) for _ in range(5)) / count * 1e6


def _time(call: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - started


def ours_compile(text: str) -> object:
    """Parse and compile without the caches."""
    return Compiler(ast := parse.__wrapped__(text), RULES).node(ast.root)


def measure(text: str, seconds: float) -> Row:
    python_environment, python_context = celpy.Environment(), celpy.adapter.json_to_cel(CONTEXT)
    google_environment = google.NewEnv(
        variables=dict.fromkeys(CONTEXT, google.Type.DYN), extensions=[ext_strings.ExtStrings()]
    )
    google_context = google_environment.Activation(CONTEXT)
    program = cel.compile(text)
    python_program = python_environment.program(python_environment.compile(text))
    google_program = google_environment.compile(text)
    wanted = program(CONTEXT)
    assert google_program.eval(google_context).plain_value() == wanted
    assert python_program.evaluate(python_context) == wanted
    return Row(
        (
            best(lambda: ours_compile(text), seconds),
            best(lambda: python_environment.program(python_environment.compile(text)), seconds),
            best(lambda: google_environment.compile(text), seconds),
        ),
        (
            best(lambda: program(CONTEXT), seconds),
            best(lambda: python_program.evaluate(python_context), seconds),
            best(lambda: google_program.eval(google_context), seconds),
        ),
    )


def show(title: str, figures: tuple[float, float, float]) -> str:
    ours, python, cpp = figures
    return f"{title}{ours:9.2f} {python:11.1f} {cpp:9.1f}   x{python / ours:<7.0f}x{cpp / ours:<6.1f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.2, help="how long a round lasts, about")
    seconds = parser.parse_args().seconds
    print(f"{'':10}{'duckflux':>9} {'cel-python':>11} {'C++':>9}   ratios")
    for text in EXPRESSIONS:
        row = measure(text, seconds)
        print(text)
        print(show("  compile ", row.compile))
        print(show("  evaluate", row.evaluate))
    environment = google.NewEnv(variables=dict.fromkeys(CONTEXT, google.Type.DYN))
    print("context, in us: duckflux 0", end="")
    print(f", cel-python {best(lambda: celpy.adapter.json_to_cel(CONTEXT), seconds):.0f}", end="")
    print(f", C++ {best(lambda: environment.Activation(CONTEXT), seconds):.1f}")


if __name__ == "__main__":
    main()
