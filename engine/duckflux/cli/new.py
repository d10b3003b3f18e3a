"""Implements `duckflux new [TEMPLATE] [FILE]`: writes a workflow that runs at once, and its tests."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from ..language.suggest import closest, did_you_mean
from ..language.workflow_files import TEST_SUFFIXES, WORKFLOW_SUFFIXES
from ..templates import Template, templates
from .text_output import print_text

OK, NOT_WRITTEN = 0, 1
_NAME = re.compile(r"[A-Za-z][\w-]*")


class NotWrittenError(Exception):
    """Nothing was written; the message is for users."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `new`."""
    parser.add_argument(
        "template", nargs="?", metavar="TEMPLATE", help="what to begin with (default: ask, or list them)"
    )
    parser.add_argument(
        "file", nargs="?", metavar="FILE", help="the workflow file to write (default: TEMPLATE.duck.yaml)"
    )
    parser.add_argument("--list", action="store_true", help="list the templates")


def main(args: argparse.Namespace) -> int:
    """Write the files, or list the templates, and return the exit code."""
    if args.list or (args.template is None and not _is_interactive()):
        print_text("\n".join(_listing()))
        return OK
    try:
        if args.template is not None:
            template = _chosen(args.template)
            file = args.file or _default_file(template)
        else:
            template = _asked()
            file = _ask(f"Into which file? [{_default_file(template)}] ") or _default_file(template)
        workflow, tests = _write(template, file)
    except NotWrittenError as error:
        print_text(f"duckflux: error: {error}", file=sys.stderr)
        return NOT_WRITTEN
    print_text(f"written: {workflow}, {tests}")
    print_text(f"run it:  duckflux run {workflow}")
    print_text(f"test it: duckflux test {tests}")
    return OK


def _listing() -> list[str]:
    width = max(map(len, templates()))
    return [f"{template.name:{width}}  {template.summary}" for template in templates().values()]


def _is_interactive() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked() -> Template:
    """Return the template that a person chooses."""
    known = list(templates().values())
    for number, line in enumerate(_listing(), 1):
        print_text(f"{number}  {line}")
    while True:
        answer = _ask(f"Which one? [1-{len(known)}, default 1] ") or "1"
        if answer.isdecimal() and 0 < int(answer) <= len(known):
            return known[int(answer) - 1]
        if answer in templates():
            return templates()[answer]
        print_text(f"'{answer}' is none of them")


def _default_file(template: Template) -> str:
    return f"{template.name}{WORKFLOW_SUFFIXES[0]}"


def _ask(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        raise NotWrittenError("nothing was chosen") from None


def _chosen(name: str) -> Template:
    found = templates().get(name)
    if found is None:
        suggestion = did_you_mean(closest(name, templates()))
        raise NotWrittenError(f"there is no template `{name}`{suggestion}; see `duckflux new --list`")
    return found


def _write(template: Template, file: str) -> tuple[str, str]:
    """Write a workflow and its tests beside it, and return their paths. Raises NotWrittenError."""
    suffix = next((suffix for suffix in WORKFLOW_SUFFIXES if file.endswith(suffix)), "")
    stem = file.removesuffix(suffix)
    name = os.path.basename(stem)
    if not _NAME.fullmatch(name):
        raise NotWrittenError(f"'{name}' cannot be the name of a workflow: use letters, digits, `-` and `_`")
    suffix = suffix or WORKFLOW_SUFFIXES[0]
    named = template.named(name, f"{name}{suffix}")
    workflow, tests = f"{stem}{suffix}", f"{stem}{TEST_SUFFIXES[0]}"
    texts = {workflow: named.workflow, tests: named.tests}
    for path in texts:
        if os.path.lexists(path):
            raise NotWrittenError(f"{path} exists already")
    for path, text in texts.items():
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            with open(path, "x", encoding="utf-8") as target:
                target.write(text)
        except OSError as error:
            raise NotWrittenError(f"{path}: {error.strerror}") from None
    return workflow, tests
