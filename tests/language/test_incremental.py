"""An analysis that takes over what an earlier one found says the same as a fresh one, whatever was typed before.

`DUCKFLUX_SEED=n` repeats a failure; `DUCKFLUX_ROUNDS=n` tries more edits.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest
from duckflux.language.analysis import Analysis, analyse

sys.path.insert(0, str(Path(__file__).parent))

from marks import everything

PROJECT = Path(__file__).parent.parent.parent
FILES = sorted([*(PROJECT / "examples").glob("*.yaml"), *(PROJECT / "tests" / "data").rglob("*.duck.yaml")])
SMALL = [path for path in FILES if path.stat().st_size < 20_000]
SNIPPETS = [
    *"abe:.-'\"[]{}#&* \n", "\n\n", "  ", "  - ", "build", "test", "\t", "é🦆", "&a ", "*a", "<<: *a",
    "loop:\n", "when: build.status == 'success'\n", "      when: has(build.output)\n", "  - build\n",
    "  - set:\n      k: loop.index\n", "onError: skip\n", "workflow.inputs.a", "execution.context.k",
    "output: build.output\n", "defaults:\n  onError: build\n",
]  # fmt: skip


def edited(text: str, chance: random.Random) -> str:
    """The text after one edit: something typed, deleted, moved, or pasted from elsewhere in it."""
    start = chance.randrange(len(text) + 1)
    end = min(len(text), start + chance.choice((1, 1, 1, 4, 20, 80)))
    match chance.randrange(5):
        case 0:
            return text[:start] + text[end:]
        case 1:
            at = chance.randrange(len(text) + 1)
            return text[:at] + text[start:end] + text[at:]
        case 2:
            lines = text.splitlines(keepends=True)
            if lines:
                line = lines.pop(chance.randrange(len(lines)))
                lines.insert(chance.randrange(len(lines) + 1), line)
            return "".join(lines)
        case _:
            return text[:start] + chance.choice(SNIPPETS) + text[start:]


def said(analysis: Analysis) -> object:
    return everything(analysis.document), analysis.diagnostics


@pytest.mark.parametrize("number", range(8))
def test_incremental_equals_fresh(number: int) -> None:
    seed = int(os.environ.get("DUCKFLUX_SEED", random.randrange(10**9))) + number
    chance = random.Random(seed)
    for _ in range(int(os.environ.get("DUCKFLUX_ROUNDS", "4"))):
        path = chance.choice(SMALL)
        text = path.read_text("utf-8")
        analysis = analyse(text, path)
        for _ in range(25):
            text = edited(text, chance)
            analysis = analyse(text, path, analysis)
            if said(analysis) != said(analyse(text, path)):
                pytest.fail(f"DUCKFLUX_SEED={seed - number}, {path.name}:\n{text}")
