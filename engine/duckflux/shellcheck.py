"""Adds shellcheck's findings about the commands of a workflow to its diagnostics, with codes such as `SC2086`.

Only `lint` and the editor use it, never a run. Each script is checked once; results are cached.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec

from .language.analysis import Analysis, Diagnostic
from .language.lint.settings import LintSettings
from .language.registry import Severity
from .language.semantics.command_inputs import commands_in
from .language.syntax import Document, Scalar
from .language.syntax.scalar_ranges import content_range
from .temporary_folders import temporary_folder

log = logging.getLogger(__name__)

PAGES = "https://www.shellcheck.net/wiki/"
# 1090, 1091: sourced files; 2148: no shebang; 2154: variables of the environment, which DF702 checks.
_EXCLUDED = "SC1090,SC1091,SC2148,SC2154"
# Never an error: whether a file is valid must not depend on what is installed.
_SEVERITIES = {"error": Severity.WARNING, "warning": Severity.WARNING}
_TIMEOUT = 20.0
# Starting shellcheck takes as long as four commands; one that takes too long loses its whole batch.
_LEAST_BATCH, _LARGEST_BATCH = 50, 250
_MAX_CACHED = 20_000


class Finding(msgspec.Struct, frozen=True, rename="camel"):
    """A finding of shellcheck. Lines and columns count from 1, in characters; the end is exclusive."""

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    level: str
    code: int
    message: str


class _Report(msgspec.Struct, frozen=True):
    comments: list[Finding]


_cache: dict[str, tuple[Finding, ...]] = {}


def is_shellcheck_code(code: str) -> bool:
    """Return whether a diagnostic's code is one of shellcheck's."""
    return code.startswith("SC")


def check_new_commands(analysis: Analysis, lint: LintSettings) -> bool:
    """Run shellcheck on the commands that are not in the cache, and return whether it found anything.

    This takes the time of some processes, so never call it where something waits.
    """
    if not lint.shellcheck or analysis.state is None:
        return False
    new = _uncached(commands_in(analysis.state.items))
    if program := _program(analysis.path) if new else None:
        _check(program, new)
    return any(_cache.get(script) for script in new)


def add_shellcheck_diagnostics(analysis: Analysis, lint: LintSettings) -> Analysis:
    """Return an analysis with the cached findings among its diagnostics."""
    if not lint.shellcheck or analysis.state is None or not _cache:
        return analysis
    commands = dict.fromkeys(commands_in(analysis.state.items))
    found = [
        _diagnostic(analysis.document, command, comment)
        for command in commands
        for comment in _cache.get(command.text, ())
    ]
    if not found:
        return analysis
    ordered = sorted((*analysis.diagnostics, *found), key=lambda d: (d.start, d.end, d.code, d.message))
    return msgspec.structs.replace(analysis, diagnostics=tuple(dict.fromkeys(ordered)))


def _uncached(commands: Iterable[Scalar]) -> list[str]:
    scripts = dict.fromkeys(command.text for command in commands)
    return [script for script in scripts if script not in _cache and script.strip()]


def _program(file: Path | None) -> str | None:
    """Return where shellcheck is installed, None if it is not: what a workspace brings along is not looked at."""
    from shutil import which

    workspaces = [*_workspaces(file)]
    folders = [entry for entry in os.get_exec_path() if not _is_in(entry, workspaces)]
    return which("shellcheck", path=os.pathsep.join(folders)) if folders else None


def _workspaces(file: Path | None) -> Iterator[Path]:
    """Yield the current folder and the project of a file, unless the system's programs are below."""
    with contextlib.suppress(OSError):
        folders = [Path.cwd()]
        if file is not None:
            parents = file.resolve().parents
            folders.append(next((folder for folder in parents if (folder / ".git").exists()), parents[0]))
        yield from (folder for folder in folders if not Path("/usr/bin").is_relative_to(folder))


def _is_in(entry: str, workspaces: list[Path]) -> bool:
    """Return whether a part of PATH is relative or in a workspace."""
    return not Path(entry).is_absolute() or any(map(Path(entry).resolve().is_relative_to, workspaces))


def _check(program: str, scripts: list[str]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for oldest in [*_cache][: max(0, len(_cache) + len(scripts) - _MAX_CACHED)]:
        _cache.pop(oldest, None)
    processors = os.cpu_count() or 1
    size = max(_LEAST_BATCH, min(_LARGEST_BATCH, -(-len(scripts) // processors)))
    parts = [scripts[start : start + size] for start in range(0, len(scripts), size)]
    with ThreadPoolExecutor(processors) as pool:
        for part, answers in zip(parts, pool.map(partial(_findings, program), parts), strict=True):
            _cache.update(zip(part, answers, strict=True))


def _findings(program: str, scripts: list[str]) -> list[tuple[Finding, ...]]:
    """Return the findings for each script, none for scripts where shellcheck fails."""
    with temporary_folder() as folder:
        files = [folder / f"{number}.sh" for number in range(len(scripts))]
        for file, script in zip(files, scripts, strict=True):
            file.write_bytes(script.encode("utf-8", "replace"))
        options = ("--shell=sh", "--format=json1", "--norc", f"--exclude={_EXCLUDED}")
        comments = _run([program, *options, *map(str, files)])
    return [tuple(comment for comment in comments if comment.file == str(file)) for file in files]


def _run(arguments: list[str]) -> list[Finding]:
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT)
        return msgspec.json.decode(done.stdout, type=_Report).comments
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        log.warning("shellcheck can't be used: %s", error)
        return []


def _diagnostic(document: Document, command: Scalar, comment: Finding) -> Diagnostic:
    start = _offset(command.text, comment.line, comment.column)
    end = _offset(command.text, comment.end_line, comment.end_column)
    where: Any = content_range(command, start, max(start, end))
    if where.start == where.end:
        where = content_range(command, max(0, start - 1), start) if start else command
    severity = _SEVERITIES.get(comment.level, Severity.INFORMATION)
    return Diagnostic(f"SC{comment.code}", severity, comment.message, *document.offsets(where))


def _offset(script: str, line: int, column: int) -> int:
    starts = _line_starts(script)
    return min(starts[min(line, len(starts)) - 1] + column - 1, len(script))


@lru_cache(maxsize=1)
def _line_starts(script: str) -> list[int]:
    return [0, *accumulate(len(line) + 1 for line in script.split("\n"))]
