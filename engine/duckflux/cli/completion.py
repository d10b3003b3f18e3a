"""Implements `duckflux completion SHELL`: prints a shell's completion script."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish", "tcsh")
# How each shell finds the ids of live runs, by the command that is being completed.
_RUN_IDS = {
    "bash": "_duckflux_run_ids",
    "zsh": "_duckflux_run_ids",
    "fish": "(duckflux ps --quiet)",
    "tcsh": "`duckflux ps --quiet`",
}
_PREAMBLE = {
    "bash": """\
_duckflux_run_ids() {
  compgen -W "$("${COMP_WORDS[0]}" ps --quiet 2>/dev/null)" -- "$1"
}
""",
    "zsh": """\
_duckflux_run_ids() {
  compadd -- ${(f)"$(duckflux ps --quiet 2>/dev/null)"}
}
""",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `completion`."""
    parser.add_argument(
        "shell",
        metavar="SHELL",
        choices=SHELLS,
        help='bash, zsh, fish or tcsh; in bash and zsh: `eval "$(duckflux completion zsh)"`',
    )


def main(args: argparse.Namespace) -> int:
    """Print the script and return 0."""
    import shtab

    from .main import parser

    whole = parser()
    for action in _actions(whole):
        if action.metavar in ("FILE", "DIR"):
            kind = shtab.FILE if action.metavar == "FILE" else shtab.DIRECTORY
            action.complete = kind  # type: ignore[attr-defined]
        elif action.metavar == "ID":
            action.complete = _RUN_IDS  # type: ignore[attr-defined]
    print(shtab.complete(whole, args.shell, preamble=_PREAMBLE.get(args.shell, "")))
    return 0


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                yield from _actions(subparser)
