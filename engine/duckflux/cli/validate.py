"""Implements `duckflux validate FILE`: checks a workflow file and inputs for it."""

from __future__ import annotations

import argparse
import os
import sys

from ..runtime.secrets import Secrets
from .diagnostics_output import load_named_file, print_diagnostics
from .input_options import InputOptionsError, add_input_arguments, collect
from .text_output import print_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `validate`."""
    parser.add_argument("file", metavar="FILE", help="the workflow file")
    add_input_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Print all errors, or `valid`, and return 0 if a run would start, else 1."""
    analysis = load_named_file(args.file)
    if analysis is None:
        return 1
    diagnostics = sorted({*analysis.diagnostics, *analysis.errors}, key=lambda found: found.start)
    print_diagnostics(analysis, args.file, tuple(diagnostics), sys.stdout)
    if analysis.errors:
        return 1
    try:
        collect(args, analysis.workflow, Secrets(os.environ), lambda text: _note(args.file, text))
    except InputOptionsError as error:
        for problem in error.problems:
            print_text(f"{args.file}: error: {problem}")
        return 1
    print("valid")
    return 0


def _note(file: str, text: str) -> None:
    print_text(f"{file}: warning: {text}", file=sys.stderr)
