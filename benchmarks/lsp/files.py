"""Workflow files by a seed: what people write, in any size."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

_COMMANDS = (
    'make "$TARGET"',
    "pytest -q tests/unit",
    'docker build -t "$TARGET:$NUMBER" .',
    "npm ci && npm test",
    './deploy.sh "$TARGET"',
)


class Place(NamedTuple):
    """0-based."""

    line: int
    character: int


class File(NamedTuple):
    """A text, and the places where the benchmark works: `key` is in an empty line of a participant where a field
    may stand, `field` on a field's name, `name` on a step that names a participant, `expression` after the dot of
    an expression, `typing` at the end of a command."""

    text: str
    key: Place
    field: Place
    name: Place
    expression: Place
    typing: Place

    @property
    def lines(self) -> int:
        return self.text.count("\n")


def generate(lines: int, seed: int = 1) -> File:
    """A workflow of about so many lines."""
    rng = random.Random(seed)
    head = [
        "id: generated",
        "inputs:",
        "  target: {type: string, default: all}",
        "  rounds: {type: integer, default: 3}",
        "participants:",
    ]
    participants: list[str] = []
    flow = ["flow:"]
    count = 0
    while count < 2 or len(head) + len(participants) + len(flow) + 2 < lines:
        participants += _participant(rng, count)
        flow += _step(rng, count)
        count += 1
    return _marked([*head, *participants, *flow, f"output: step{count - 1}.output"], count // 2)


def _participant(rng: random.Random, number: int) -> list[str]:
    return [
        f"  step{number}:",
        "    type: exec",
        f"    timeout: {rng.randint(1, 9)}m",
        *(["    onError: skip"] if rng.random() < 0.3 else []),
        "    input:",
        "      TARGET: workflow.inputs.target",
        f"      NUMBER: string(workflow.inputs.rounds + {number})",
        f"    run: {rng.choice(_COMMANDS)}",
    ]


def _step(rng: random.Random, number: int) -> list[str]:
    name = f"step{number}"
    if number == 0 or rng.random() < 0.4:
        return [f"  - {name}"]
    if rng.random() < 0.7:
        return [f"  - {name}:", f"      when: step{number - 1}.status == 'success'"]
    return [
        "  - loop:",
        f"      until: {name}.status == 'success' && loop.index > {rng.randint(0, 3)}",
        f"      max: {rng.randint(2, 9)}",
        "      steps:",
        f"        - {name}",
    ]


def _marked(text: list[str], number: int) -> File:
    middle = text.index(f"  step{number}:")
    run = next(at for at in range(middle, len(text)) if text[at].startswith("    run:"))
    text.insert(run + 1, "    ")
    value = next(at for at in range(middle, run) if "workflow.inputs.target" in text[at])
    step = next(at for at, line in enumerate(text) if re.fullmatch(rf" *- step{number}:?", line))
    return File(
        "\n".join(text) + "\n",
        key=Place(run + 1, 4),
        field=Place(middle + 2, 6),
        name=Place(step, text[step].index("step")),
        expression=Place(value, text[value].index("workflow.") + len("workflow.")),
        typing=Place(run, len(text[run])),
    )
