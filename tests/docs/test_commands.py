"""docs/commands.md is generated from the parsers: DUCKFLUX_UPDATE_GOLDEN=1 pytest tests/docs/test_commands.py."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

from duckflux.cli.main import parser

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
HEAD = """\
# Commands

Every command with its arguments and options, as `duckflux COMMAND --help` prints them.
[Exit codes](language.md#8-command-line) are those of the language; `quack` is [a command of its own](quack.md).
"""


def page() -> str:
    root = parser()
    sections = [HEAD, *(text for name, command in subcommands(root) for text in section(name, command))]
    return "\n".join(sections)


def subcommands(of: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def section(name: str, command: argparse.ArgumentParser, level: int = 2) -> Iterator[str]:
    usage = re.sub(r"\s+", " ", command.format_usage().removeprefix("usage: ")).strip()
    yield f"{'#' * level} {name}\n\n{escaped(command.description or '')}\n\n    {usage}\n"
    rows = [row(action) for action in command._actions if is_listed(action)]
    if rows:
        yield "| Argument | Meaning |\n|---|---|\n" + "\n".join(rows) + "\n"
    for verb, parser_ in subcommands(command):
        yield from section(f"{name} {verb}", parser_, level + 1)


def is_listed(action: argparse.Action) -> bool:
    is_help = isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
    return not is_help and action.help is not argparse.SUPPRESS


def row(action: argparse.Action) -> str:
    value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
    value = value if isinstance(value, str) else " ".join(value)
    names = ", ".join(f"{name} {value}".strip() for name in action.option_strings) or value or action.dest
    meaning = (action.help or "") % {"default": action.default, "prog": "duckflux"}
    return f"| `{names}` | {escaped(meaning)} |"


def escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def test_the_page_is_that_of_the_parsers() -> None:
    if os.environ.get("DUCKFLUX_UPDATE_GOLDEN"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page()
