"""`duckflux explain CODE`: what a diagnostic means, with a wrong and a right example."""

from __future__ import annotations

import argparse
import sys

from ..language.lint import explain
from ..language.registry import REGISTRY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `explain`."""
    parser.add_argument("code", nargs="*", metavar="CODE", help="codes such as DF301; without one: list all")


def main(args: argparse.Namespace) -> int:
    """Print the explanations. 0: all were found; 1: a code is unknown."""
    if not args.code:
        for rule in REGISTRY.values():
            print(f"{rule.code} {rule.severity:11} {rule.title}")
        return 0
    codes = [code.upper() for code in args.code]
    unknown = [code for code in codes if code not in REGISTRY]
    for code in unknown:
        print(f"no diagnostic has the code {code}: `duckflux explain` lists all", file=sys.stderr)
    print("\n".join(explain.page(code) for code in codes if code in REGISTRY), end="")
    return 1 if unknown else 0
