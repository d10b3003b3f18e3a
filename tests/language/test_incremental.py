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
from duckflux.language.model.workflow import Workflow, build
from duckflux.language.semantics.called_workflows import Files
from duckflux.language.syntax import parse

sys.path.insert(0, str(Path(__file__).parent))

from made_projects import CALLED, MadeWorkflow
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


class Project:
    """A workflow and those that it calls, all open in an editor and not saved."""

    def __init__(self, dice: random.Random) -> None:
        self._workflows = {Path("/p", name): MadeWorkflow(dice) for name in ("main.duck.yaml", *CALLED)}
        self._dice = dice
        self._built: dict[Path, Workflow] = {}

    def change(self) -> None:
        main, *called = self._workflows.values()
        changed = self._dice.choice([main, *called])
        # Most of a workflow that is called is nothing to its callers.
        for _ in range(1 if changed is main else 5):
            changed.change()

    def text(self, path: Path) -> str:
        return self._workflows[path].text

    def opened(self, path: Path) -> Workflow | None:
        if path not in self._workflows:
            return None
        before, text = self._built.get(path), self.text(path)
        if before is None or before.document.text != text:
            self._built[path] = build(parse(text, before.document if before else None), before)
        return self._built[path]


@pytest.mark.parametrize("number", range(4))
def test_incremental_equals_fresh_while_what_is_called_changes_too(number: int) -> None:
    seed = int(os.environ.get("DUCKFLUX_SEED", random.randrange(10**9))) + number
    dice = random.Random(seed)
    main = Path("/p/main.duck.yaml")
    for _ in range(2 * int(os.environ.get("DUCKFLUX_ROUNDS", "4"))):
        project = Project(dice)
        files, analysis = Files(project.opened), None
        for _ in range(25):
            text = project.text(main)
            analysis = analyse(text, main, analysis, files)
            if said(analysis) != said(analyse(text, main, None, Files(project.opened))):
                called = "\n".join(project.text(Path("/p", name)) for name in CALLED)
                pytest.fail(f"DUCKFLUX_SEED={seed - number}:\n{text}\n{called}")
            project.change()


@pytest.mark.parametrize("name", ["", ", as: child"])
def test_what_flows_on_from_an_inline_call_changes_with_what_it_calls(name: str) -> None:
    texts = ['{a: "1"}', '{b: "1"}', '{a: "2"}']
    caller = (
        f"flow:\n  - {{type: workflow, path: child.duck.yaml{name}}}\n"
        "  - {type: exec, input: {n: output.a}, run: cat}\n"
    )
    child = build(parse(""))
    files, analysis = Files(lambda _: child), None
    found = []
    for output in texts:
        child = build(parse(f"flow: [{{type: exec, run: ls}}]\noutput: {output}\n"))
        analysis = analyse(caller, "/p/caller.duck.yaml", analysis, files)
        found.append([diagnostic.code for diagnostic in analysis.diagnostics])
    assert found == [[], ["DF602"], []]


def test_a_step_that_names_an_inline_one_rests_on_nothing_of_it() -> None:
    reads = "  - {type: exec, run: ls}\n  - again\n  - {type: exec, run: ls, when: output.x == 1}\n"
    inline = "  - {as: again, type: exec, run: ls, output: {y: {type: string}}}\n"
    analysis = None
    for steps in (reads, inline + reads, reads):
        text = f"flow:\n{steps}"
        analysis = analyse(text, None, analysis)
        assert said(analysis) == said(analyse(text))
