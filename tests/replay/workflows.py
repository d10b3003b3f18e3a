"""Random workflows, right by construction, whose every command writes down that it ran."""

from __future__ import annotations

import random

# Ends what would flow on: text and lists do not merge with the map that the next command is given.
CLEAR = ["- {type: exec, run: 'true'}"]
CONDITIONS = ("1 < 2", "2 < 1", "execution.number == 1")


class Maker:
    """`workflow` is the text that a seed makes, `child` that of `child.duck.yaml`."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        self._count = 0
        first = ["- {as: first, type: exec, run: 'printf child'}", *CLEAR]
        self.child = self._text([*first, *self._steps(1, "")], "first.output", calls=False)
        known: list[str] = []
        steps: list[str] = []
        for _ in range(self._rng.randint(2, 4)):
            steps += self._step(2, "")
            known.append(f"s{self._count + 1}")
            steps += self._exec("")
        output = ", ".join(f"{name}: {name}.output" for name in known)
        self.workflow = self._text(steps, f"{{{output}, context: execution.context}}")

    def _text(self, steps: list[str], output: str, *, calls: bool = True) -> str:
        participants = ["  rescue: {type: exec, run: 'echo rescue >> ran.txt; printf rescued'}"]
        if calls:
            participants.append("  child: {type: workflow, path: child.duck.yaml}")
        head = ["defaults: {cwd: .}", "participants:", *participants, "flow:"]
        return "\n".join([*head, *indented(steps), f"output: {output}", ""])

    def _steps(self, depth: int, rounds: str) -> list[str]:
        return [line for _ in range(self._rng.randint(1, 3)) for line in self._step(depth, rounds)]

    def _step(self, depth: int, rounds: str) -> list[str]:
        kinds = ["exec"] * 3 + ["guarded", "failing", "set", "event"]
        kinds += ["loop", "parallel", "if", "call"] if depth == 2 else ["loop", "if"] if depth == 1 else []
        match self._rng.choice(kinds):
            case "guarded":
                return self._exec(rounds, f"when: {self._rng.choice(CONDITIONS)}")
            case "failing":
                return self._exec(rounds, f"onError: {self._rng.choice(['skip', 'rescue'])}", "; exit 1")
            case "set":
                return [f"- set: {{k{self._next()}: \"'{self._next()}' + {rounds or 'string(0)'}\"}}"]
            case "event":
                event = f"e{self._next()}"
                payload = f'{{n: "{rounds or "string(0)"}"}}'
                emit = f"- {{type: emit, event: {event}, payload: {payload}}}"
                return [emit, f"- wait: {{event: {event}, timeout: 30s}}", *CLEAR]
            case "loop":
                return self._loop(depth, rounds)
            case "if":
                branches = [indented(self._steps(depth - 1, rounds), 2) for _ in range(2)]
                head = ["- if:", f"    condition: {self._rng.choice(CONDITIONS)}", "    then:"]
                return [*head, *indented(branches[0]), "    else:", *indented(branches[1])]
            case "parallel":
                lines = ["- parallel:"]
                for _ in range(self._rng.randint(2, 3)):
                    body = indented(self._steps(depth - 1, rounds), 10)
                    lines += ["    - loop:", "        max: 1", "        steps:", *body]
                return [*lines, *CLEAR]
            case "call":
                return ["- child", *CLEAR]
            case _:
                return self._exec(rounds)

    def _loop(self, depth: int, rounds: str) -> list[str]:
        alias = f"l{self._next()}"
        inner = f"{rounds} + '.' + string({alias}.index)" if rounds else f"string({alias}.index)"
        until = [f"    until: {alias}.index == 1"] if self._rng.random() < 0.4 else []
        head = ["- loop:", f"    as: {alias}", f"    max: {self._rng.randint(1, 3)}", *until, "    steps:"]
        return [*head, *indented(self._steps(depth - 1, inner), 4), *CLEAR]

    def _exec(self, rounds: str, field: str = "", end: str = "") -> list[str]:
        name = f"s{self._next()}"
        nap = self._rng.choice(["0", "0.005", "0.02"])
        return [
            f"- as: {name}",
            "  type: exec",
            *([f"  {field}"] if field else []),
            f'  input: {{AT: "{rounds or "string(0)"}"}}',
            f'  run: echo "{name}@$AT" >> ran.txt; sleep {nap}; printf {name}{end}',
            *CLEAR,
        ]

    def _next(self) -> int:
        self._count += 1
        return self._count


def indented(lines: list[str], by: int = 2) -> list[str]:
    return [" " * by + line for line in lines]
