"""Workflows made by chance, which print, set, branch, loop and read each other's values."""

from __future__ import annotations

import random
from collections.abc import Iterator

_NAMES = ("a", "b", "c", "d", "e")
_PARTICIPANTS = (
    """{type: exec, run: 'printf "{\\"n\\": 1}"'}""",
    "{type: exec, run: printf text}",
    """{type: exec, run: 'printf ""'}""",
    "{type: exec, run: cat}",
    """{type: exec, run: 'cat; printf "$n"'}""",
    """{type: exec, input: {n: %VALUE}, run: 'printf "%s" "$n"'}""",
    """{type: exec, input: {n: %VALUE}, run: 'printf "{\\"n\\": \\"x\\"}"'}""",
    """{type: exec, input: '"s"', run: cat}""",
    "{type: exec, run: exit 1, onError: skip}",
    "{type: exec, run: exit 1, onError: %NAME}",
    "{type: exec, input: {n: %VALUE}, run: exit 3, onError: %NAME}",
    "{type: emit, event: it, payload: %VALUE}",
    """{type: exec, run: 'printf "{\\"k\\": 5}"', output: {k: {type: integer, required: true}}}""",
)
_DEFAULTS = ("", "defaults: {timeout: 20s}\n", "defaults: {onError: skip}\n")


class Maker:
    """Makes a workflow out of dice. It need not be one that runs, or that has no static errors."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def workflow(self) -> str:
        dice = self._dice
        participants = [f"  {name}: {self._participant()}\n" for name in _NAMES]
        flow = [f"{line}\n" for line in self._steps(2, 2, ())]
        keys = [f"  k{number}: {self._value(())}\n" for number in range(dice.randint(1, 3))]
        return "".join(
            [
                "inputs:\n  i: {type: integer, default: 2}\n  o: {type: string}\n",
                dice.choice(_DEFAULTS),
                "participants:\n",
                *participants,
                "flow:\n",
                *flow,
                *(["output:\n", *keys] if dice.random() < 0.7 else []),
            ]
        )

    def _participant(self) -> str:
        text = self._dice.choice(_PARTICIPANTS)
        return text.replace("%VALUE", self._value(())).replace("%NAME", self._dice.choice(_NAMES))

    def _value(self, loops: tuple[str, ...]) -> str:
        name = self._dice.choice(_NAMES)
        found = [
            f'has({name}.output) ? {name}.output : "none"',
            f'has({name}.status) ? {name}.status : "none"',
            "has(execution.context.x) ? execution.context.x : 0",
            "has(execution.context.y) ? execution.context.y : 0",
            'has(workflow.inputs.o) ? workflow.inputs.o : "no"',
            "workflow.inputs.i + 1",
            f"{name}.output",
            f"{name}.status",
            f"{name}.retries",
            f"has({name}.error)",
            "execution.context.x",
            "output",
            "input",
            "loop.index" if loops else '"text"',
            "r.iteration" if "r" in loops else "1 + 1",
        ]
        return _quoted(self._dice.choice(found))

    def _condition(self, loops: tuple[str, ...]) -> str:
        name = self._dice.choice(_NAMES)
        found = [
            f'has({name}.status) && {name}.status == "success"',
            "workflow.inputs.i > 1",
            "workflow.inputs.i > 5",
            "has(execution.context.x)",
            "!has(execution.context.y)",
            "loop.index == 0" if loops else "workflow.inputs.i == 1",
        ]
        return _quoted(self._dice.choice(found))

    def _steps(self, depth: int, indent: int, loops: tuple[str, ...], most: int = 5) -> Iterator[str]:
        kinds = (self._call, self._call, self._call, self._set, self._if, self._loop, self._parallel)
        for _ in range(self._dice.randint(1, most)):
            make = self._dice.choice(kinds) if depth else self._call
            for line in make(depth - 1, loops):
                yield " " * indent + line

    def _call(self, depth: int, loops: tuple[str, ...]) -> Iterator[str]:
        name = self._dice.choice(_NAMES)
        when = f"{name}: {{when: {self._condition(loops)}}}"
        given = f"{name}: {{input: {{m: {self._value(loops)}}}}}"
        yield f"- {self._dice.choice((name, name, when, given))}"

    def _set(self, depth: int, loops: tuple[str, ...]) -> Iterator[str]:
        yield f"- set: {{{self._dice.choice('xy')}: {self._value(loops)}}}"

    def _if(self, depth: int, loops: tuple[str, ...]) -> Iterator[str]:
        yield from ("- if:", f"    condition: {self._condition(loops)}", "    then:")
        yield from self._steps(depth, 6, loops, 2)
        if self._dice.random() < 0.5:
            yield "    else:"
            yield from self._steps(depth, 6, loops, 2)

    def _loop(self, depth: int, loops: tuple[str, ...]) -> Iterator[str]:
        name = self._dice.choice(("r", "loop"))
        yield from ("- loop:", f"    as: {name}") if name == "r" else ("- loop:",)
        yield from (f"    max: {self._dice.choice((1, 2, 'workflow.inputs.i'))}", "    steps:")
        yield from self._steps(depth, 6, (*loops, name), 3)

    def _parallel(self, depth: int, loops: tuple[str, ...]) -> Iterator[str]:
        yield "- parallel:"
        yield from self._steps(depth, 4, loops, 2)


def _quoted(expression: str) -> str:
    return "'" + expression.replace("'", "''") + "'"
