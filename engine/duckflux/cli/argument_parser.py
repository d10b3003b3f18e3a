"""Defines the parser of command lines, so that all help and all mistakes read alike."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line that names what was probably meant; its subparsers are alike."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_formatter, **options)
        self._positionals.title = "arguments"

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the arguments, or end the process with an error."""
        found, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self._used(args).refuse(unknown[0])
        return found

    def refuse(self, unknown: str) -> NoReturn:
        """End the process with an error about an argument that the parser does not know."""
        kind = "option" if unknown.startswith("-") else "argument"
        self.error(f"unknown {kind} {unknown}{_hint(unknown, self._option_string_actions)}")

    def error(self, message: str) -> NoReturn:
        """End the process with an error message."""
        from ..terminal_text import printable

        self.exit(2, f"{self.prog}: error: {printable(message)}\nFor help: {self.prog} --help\n")

    def _used(self, arguments: Iterable[str]) -> Parser:
        """Return the parser of the command, and of its verb, that the arguments begin with."""
        used = self
        for argument in arguments:
            for action in used._actions:
                if isinstance(action, argparse._SubParsersAction) and argument in action.choices:
                    used = action.choices[argument]
        return used

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        names = ", ".join(map(str, action.choices))
        if isinstance(action, argparse._SubParsersAction):
            kind = str(action.metavar).lower()
            hint = _hint(value, action.choices, self.prog) or f": the {kind}s are {names}"
            self.error(f"no {kind} is called '{value}'{hint}")
        raise argparse.ArgumentError(action, f"'{value}' is none of {names}{_hint(value, action.choices)}")


def add_command(
    subparsers: argparse._SubParsersAction[Any], name: str, summary: str
) -> argparse.ArgumentParser:
    """Return the parser of a new command or verb; its summary is a phrase without a period."""
    found: argparse.ArgumentParser = subparsers.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
    )
    return found


def _hint(wrong: str, names: Iterable[str], prefix: str = "") -> str:
    """Return a question for the name that was probably meant, empty if there is none."""
    from ..language.suggest import closest

    name, equals, _ = wrong.partition("=")
    found = closest(name if equals else wrong, tuple(names))
    return f": did you mean `{f'{prefix} {found}' if prefix else found}`?" if found else ""


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Return argparse's formatter with a given width.

    Without one it imports shutil to find out, which takes 3 ms.
    """
    try:
        columns = os.get_terminal_size().columns
    except OSError:
        columns = 100
    formatter = argparse.HelpFormatter(prog, width=columns - 2)
    # It does not count the indentation of commands: the longest one would take a line of its own.
    formatter._action_max_length = len("    completion")
    return formatter


def whole_number(maximum: int) -> Callable[[str], int]:
    """Return the type of an argument that is a number from 1 to a maximum."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not 0 < int(text) <= maximum:
            raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {maximum}")
        return int(text)

    return parse


def duration(text: str) -> float:
    """Return the seconds of an argument such as `30d`."""
    from ..language.schema.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
