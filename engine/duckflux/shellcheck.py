"""What shellcheck says of the commands of a workflow, where it is installed: as `SC2086` beside ours.

`lint` and the editor ask it, a run never does. Each script is asked about once.
"""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from .language.analysis import Analysis, Diagnostic
from .language.lint.settings import LintSettings
from .language.registry import Severity
from .language.semantics.command_inputs import commands_in
from .language.syntax import Document, Scalar
from .language.syntax.scalar_ranges import content_range

log = logging.getLogger(__name__)

PAGES = "https://www.shellcheck.net/wiki/"
# 1090 and 1091: files it can't follow; 2148: no `#!`; 2154: variables that come of the environment, see DF702.
_LEFT_OUT = "SC1090,SC1091,SC2148,SC2154"
# Never an error of ours: whether a file is valid does not depend on what is installed.
_SEVERITIES = {"error": Severity.WARNING, "warning": Severity.WARNING}
_TIMEOUT = 20.0
_AT_ONCE = 50
_MAX_KNOWN = 20_000


class Comment(msgspec.Struct, frozen=True, rename="camel"):
    """One of its findings. Lines and columns count from 1, in characters; the end is after the last one."""

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    level: str
    code: int
    message: str


class _Answer(msgspec.Struct, frozen=True):
    comments: list[Comment]


_cache: dict[str, tuple[Comment, ...]] = {}


def is_shellcheck_code(code: str) -> bool:
    """Whether a diagnostic's code is one of shellcheck's."""
    return code.startswith("SC")


def check_new_commands(analysis: Analysis, lint: LintSettings) -> bool:
    """Ask about the commands that were never asked about. True if there is something to say of them. Takes the
    time of some processes when there are such, so never call it where something waits."""
    if not lint.shellcheck or analysis.work is None:
        return False
    new = _unknown(commands_in(analysis.work.items))
    _learn(new)
    return any(_cache.get(script) for script in new)


def add_shellcheck_diagnostics(analysis: Analysis, lint: LintSettings) -> Analysis:
    """An analysis with what is known of its commands among its diagnostics."""
    if not lint.shellcheck or analysis.work is None or not _cache:
        return analysis
    commands = dict.fromkeys(commands_in(analysis.work.items))
    found = [
        _diagnostic(analysis.document, command, comment)
        for command in commands
        for comment in _cache.get(command.text, ())
    ]
    if not found:
        return analysis
    ordered = sorted((*analysis.diagnostics, *found), key=lambda d: (d.start, d.end, d.code, d.message))
    return msgspec.structs.replace(analysis, diagnostics=tuple(dict.fromkeys(ordered)))


def _unknown(commands: Iterable[Scalar]) -> list[str]:
    scripts = dict.fromkeys(command.text for command in commands)
    return [script for script in scripts if script not in _cache and script.strip()]


def _learn(scripts: list[str]) -> None:
    from shutil import which

    program = which("shellcheck") if scripts else None
    if program is None:
        return
    from concurrent.futures import ThreadPoolExecutor

    for oldest in [*_cache][: max(0, len(_cache) + len(scripts) - _MAX_KNOWN)]:
        _cache.pop(oldest, None)
    parts = [scripts[start : start + _AT_ONCE] for start in range(0, len(scripts), _AT_ONCE)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for part, answers in zip(parts, pool.map(partial(_asked, program), parts), strict=True):
            _cache.update(zip(part, answers, strict=True))


def _asked(program: str, scripts: list[str]) -> list[tuple[Comment, ...]]:
    """Its findings of each script; none where it fails."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="duckflux-") as folder:
        files = [Path(folder, f"{number}.sh") for number in range(len(scripts))]
        for file, script in zip(files, scripts, strict=True):
            file.write_bytes(script.encode("utf-8", "replace"))
        options = ("--shell=sh", "--format=json1", "--norc", f"--exclude={_LEFT_OUT}")
        comments = _run([program, *options, *map(str, files)])
    return [tuple(comment for comment in comments if comment.file == str(file)) for file in files]


def _run(arguments: list[str]) -> list[Comment]:
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT)
        return msgspec.json.decode(done.stdout, type=_Answer).comments
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        log.warning("shellcheck can't be used: %s", error)
        return []


def _diagnostic(document: Document, command: Scalar, comment: Comment) -> Diagnostic:
    start = _offset(command.text, comment.line, comment.column)
    end = _offset(command.text, comment.end_line, comment.end_column)
    where: Any = content_range(command, start, max(start, end))
    if where.start == where.end:
        where = content_range(command, max(0, start - 1), start) if start else command
    severity = _SEVERITIES.get(comment.level, Severity.INFORMATION)
    return Diagnostic(f"SC{comment.code}", severity, comment.message, *document.offsets(where))


def _offset(script: str, line: int, column: int) -> int:
    lines = script.split("\n")
    before = sum(len(each) + 1 for each in lines[: line - 1])
    return min(before + column - 1, len(script))
