"""`duckflux explain RULE`: the explanation of a rule, with a wrong and a right example."""

from __future__ import annotations

import argparse
import sys

from ..language.lint import explain
from ..language.registry import REGISTRY, code_of
from ..language.suggest import closest, did_you_mean
from .text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `explain` to its parser."""
    parser.add_argument(
        "rule",
        nargs="*",
        metavar="RULE",
        help="the code or the name of a rule, such as DF301 or unknown-participant (default: list all)",
    )


def main(args: argparse.Namespace) -> int:
    """Print the explanations and return the exit code: 0, or 1 if a rule is unknown."""
    if not args.rule:
        for rule in REGISTRY.values():
            print(f"{rule.code} {rule.severity:11} {rule.slug}: {rule.title}")
        return 0
    codes = {name: code_of(name) for name in args.rule}
    for name, code in codes.items():
        if code is None:
            guess = closest(name, [*REGISTRY, *(rule.slug for rule in REGISTRY.values())])
            advice = did_you_mean(guess) or "; `duckflux explain` lists all"
            print_text(f"unknown rule `{name}`{advice}", file=sys.stderr)
    print("\n".join(explain.page(code) for code in codes.values() if code is not None), end="")
    return 1 if None in codes.values() else 0
