"""The layout of a workflow: comments and blank lines stay, and so does what it means."""

from __future__ import annotations

import random
from pathlib import Path
from textwrap import dedent

import pytest
from duckflux.ide.formatting import Unformattable, formatted
from duckflux.language.syntax import parse, plain_value

ROOT = Path(__file__).parents[2]
FILES = sorted((*(ROOT / "tests" / "data").rglob("*.duck.yaml"), *(ROOT / "examples").rglob("*.duck.yaml")))


def laid_out(text: str) -> str:
    return formatted(dedent(text).lstrip("\n"))


def test_indentation_and_spaces() -> None:
    assert laid_out("""
        # The build.
        participants:
            build:   # by make
                type:   exec
                run: |
                      make all
                        indented

                      make install
                # how long
                timeout : 5m

        flow:
        -   build
        # then
        -     type: http
              url:  "https://x/y"
              body: {a:   1,
                b: [2,
                  3]}
        - loop:
            max: 3
            steps:
            - build
            -
              as: last
              type: exec
              run: >-
                ls
                -l
    """) == dedent("""\
        # The build.
        participants:
          build:   # by make
            type: exec
            run: |
              make all
                indented

              make install
            # how long
            timeout: 5m

        flow:
          - build
          # then
          - type: http
            url: "https://x/y"
            body: {a:   1,
              b: [2,
                3]}
          - loop:
              max: 3
              steps:
                - build
                -
                  as: last
                  type: exec
                  run: >-
                    ls
                    -l
    """)


def test_ends_of_lines_and_of_the_file() -> None:
    assert formatted("id: x   \n\n   \nflow:  # all \n  - a\t\n\n\n") == "id: x\n\n\nflow:  # all\n  - a\n"
    assert formatted("flow: [a]") == "flow: [a]\n"
    assert formatted("id: x  \r\nflow:\r\n- a") == "id: x\r\nflow:\r\n  - a\r\n"


def test_spaces_that_mean_something_stay() -> None:
    text = (
        "flow:\n  - type: exec\n    run: |\n      echo 'a'  \n         \n      x\n"
        '  - {type: exec, run: "a  \\\n      b"}\n'
    )
    assert formatted(text) == text


@pytest.mark.parametrize("text", ["flow: [a", "a: 1\na: 2\n", "flow: *x\n"])
def test_a_broken_text_is_left_alone(text: str) -> None:
    with pytest.raises(Unformattable):
        formatted(text)


def test_an_empty_text() -> None:
    assert formatted("") == ""
    assert formatted("# only\n") == "# only\n"


def value(text: str) -> str:
    document = parse(text)
    assert not document.problems
    return repr(plain_value(document.root))


def comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_keep_their_meaning(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    if parse(text).problems:
        return
    after = formatted(text)
    assert value(after) == value(text)
    assert comments(after) == comments(text)
    assert formatted(after) == after


def made(dice: random.Random, indent: int, depth: int) -> list[str]:
    """The lines of a map in some layout."""
    lines: list[str] = []
    pad, gap = " " * indent, " " * dice.randint(1, 3)
    for number in range(dice.randint(1, 3)):
        if dice.random() < 0.2:
            lines.append(
                f"{' ' * dice.choice((indent, 0, indent + 1))}# note {number}{' ' * dice.randint(0, 1)}"
            )
        if dice.random() < 0.1:
            lines.append(" " * dice.randint(0, 2))
        key, deeper = f"{pad}k{number}", indent + dice.randint(1, 5)
        kind = dice.choice(("plain", "quoted", "literal", "folded", "flow", "map", "list", "null", "long"))
        if depth == 0 and kind in ("map", "list"):
            kind = "plain"
        match kind:
            case "plain":
                lines.append(f"{key}:{gap}a b c{' ' * dice.randint(0, 2)}")
            case "quoted":
                lines.append(f"{key}{' ' * dice.randint(0, 1)}:{gap}'x: # y'  # why")
            case "literal":
                chomp = dice.choice(("", "-", "+"))
                lines += [
                    f"{key}: |{chomp}",
                    f"{' ' * deeper}a  ",
                    "",
                    f"{' ' * (deeper + 2)}b",
                    f"{' ' * deeper}c",
                ]
            case "folded":
                lines += [f"{key}: >", f"{' ' * deeper}a", f"{' ' * deeper}b", ""]
            case "flow":
                lines += [f"{key}: [1,", f"{' ' * deeper}{{x:  2}},  # in", f"{' ' * deeper}3]"]
            case "long":
                lines += [f'{key}: "a', f"{' ' * deeper}b\\", f'{" " * deeper}c"']
            case "null":
                lines.append(f"{key}:")
            case "map":
                lines += [f"{key}:  # below", *made(dice, deeper, depth - 1)]
            case "list":
                dash = indent + dice.randint(0, 3)
                lines.append(f"{key}:")
                for _ in range(dice.randint(1, 3)):
                    space = dice.randint(1, 3)
                    inner = made(dice, dash + 1 + space, depth - 1)
                    first = next((n for n, line in enumerate(inner) if line.strip()[:1] not in ("", "#")), 0)
                    inner[first] = f"{' ' * dash}-{' ' * space}{inner[first].lstrip()}"
                    lines += inner
                    if dice.random() < 0.3:
                        lines.append(f"{' ' * dash}- one")
    return lines


@pytest.mark.parametrize("seed", range(300))
def test_any_layout_keeps_its_meaning(seed: int) -> None:
    """`pytest -k "any_layout and [SEED]"` repeats one."""
    text = "\n".join(made(random.Random(seed), 0, 3)) + "\n" * (seed % 3)
    after = formatted(text)
    assert value(after) == value(text)
    assert comments(after) == comments(text)
    assert formatted(after) == after
