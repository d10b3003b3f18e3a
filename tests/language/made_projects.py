"""Projects made by chance: a workflow and those that it calls, each changed piece by piece, as people type."""

from __future__ import annotations

import random

_NAMES = ("a", "b", "ab", "run-x")
_TARGETS = ("skip", "fail", *_NAMES)
_WORDS = (("one", "two"), ("a", "b"), ("ab", "d"), ("c0", "c1"), ("skip", "a"), ("x", "y"), ("k", "l"))
CALLED = ("c0.duck.yaml", "c1.duck.yaml")


class MadeWorkflow:
    """A workflow that need not be a right one, only one that mentions what others, and its own parts, define."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._sections = dict.fromkeys(("inputs", "defaults", "output"), "")
        for name in self._sections:
            self._sections[name] = self._section(name)
        self._participants = {name: self._participant() for name in dice.sample(_NAMES, 3)}
        self._steps = [self._step(2) for _ in range(dice.randint(1, 5))]

    @property
    def text(self) -> str:
        participants = [f"  {name}: {written}\n" for name, written in self._participants.items()]
        head = [self._sections["inputs"], self._sections["defaults"]]
        return "".join(
            [*head, "participants:\n", *participants, "flow:\n", *self._steps, self._sections["output"]]
        )

    def change(self) -> None:
        """Write one piece anew, add one, take one away, move one, or change a word."""
        dice, steps, participants = self._dice, self._steps, self._participants
        match dice.randrange(8):
            case 0:
                name = dice.choice([*self._sections])
                self._sections[name] = self._section(name)
            case 1:
                participants[dice.choice(_NAMES)] = self._participant()
            case 2 if len(participants) > 1:
                del participants[dice.choice([*participants])]
            case 3:
                self._participants = dict(dice.sample([*participants.items()], len(participants)))
            case 4:
                steps.insert(dice.randrange(len(steps) + 1), self._step(2))
            case 5 if len(steps) > 1:
                del steps[dice.randrange(len(steps))]
            case 6:
                dice.shuffle(steps)
            case _:
                number = dice.randrange(len(steps))
                steps[number] = steps[number].replace(*dice.choice(_WORDS), 1)

    def _section(self, name: str) -> str:
        value = self._value()
        choices = {
            "inputs": ("inputs: {i: {type: integer}}\n", "inputs: {i: , x: {required: true}}\n"),
            "defaults": ("defaults: {onError: skip}\n", "defaults: {onError: a}\n", "defaults: {cwd: sub}\n"),
            "output": (f"output: '{value}'\n", f"output: {{x: '{value}'}}\n", f"output: {{y: '{value}'}}\n"),
        }
        return self._dice.choice(("", *choices[name]))

    def _value(self) -> str:
        name, key = self._dice.choice((*_NAMES, "c")), self._dice.choice("xy")
        reads = (f"{name}.output.{key}", f"{name}.status", f"{name}.error", f"has({name}.output)")
        others = (
            "workflow.inputs.i",
            "input.x",
            "output.x",
            "loop.index",
            "one.index",
            "event.x",
            "1",
            '"s"',
        )
        return self._dice.choice((*reads, *reads, *others, f"execution.context.{self._dice.choice('kl')}"))

    def _participant(self) -> str:
        dice = self._dice
        fields = dice.choice(
            (
                "type: exec, run: 'echo $n'",
                f"type: workflow, path: {dice.choice(CALLED)}",
                f"type: emit, event: e, payload: '{self._value()}', onTimeout: {dice.choice(_TARGETS)}",
            )
        )
        more = (
            f"input: '{self._value()}'",
            f"input: {{x: '{self._value()}'}}",
            f"onError: {dice.choice(_TARGETS)}",
            "output: {x: {type: integer}}",
            "timeout: 3s",
        )
        return "{" + ", ".join((fields, *dice.sample(more, dice.randrange(3)))) + "}"

    def _step(self, indent: int, depth: int = 2) -> str:
        """The lines of a step."""
        dice, pad, condition = self._dice, " " * indent, f"'{self._value()} == 1'"
        plain = (
            dice.choice(_NAMES),
            self._participant(),
            f"{self._participant()[:-1]}, as: {dice.choice(('c', 'd'))}, when: {condition}}}",
            f"{dice.choice(_NAMES)}: {{when: {condition}}}",
            f"{dice.choice(_NAMES)}: {{onError: {dice.choice(_TARGETS)}, output: {{y: {{type: string}}}}}}",
            f"set: {{{dice.choice('kl')}: '{self._value()}'}}",
            f"wait: {{until: {condition}, timeout: 1s, onTimeout: {dice.choice(_TARGETS)}}}",
            "wait: {event: e}",
        )
        if depth == 0 or dice.random() < 0.7:
            return f"{pad}- {dice.choice(plain)}\n"
        inner = "".join(self._step(indent + 6, depth - 1) for _ in range(dice.randint(1, 2)))
        construct = dice.choice(
            (
                f"loop:\n{pad}    max: 2\n{pad}    as: {dice.choice(('one', 'two'))}\n{pad}    steps:\n",
                f"loop:\n{pad}    until: {condition}\n{pad}    steps:\n",
                f"if:\n{pad}    condition: {condition}\n{pad}    then:\n",
                "parallel:\n",
            )
        )
        return f"{pad}- {construct}{inner}"
