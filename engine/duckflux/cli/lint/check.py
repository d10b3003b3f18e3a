"""Checks files and makes a report of each; many files are checked in several processes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from ...files import read_file, read_named_file
from ...language import registry
from ...language.analysis import Analysis, analyse, load, with_settings
from ...language.budget import Budget, OverBudgetError, limited_to
from ...language.lint.settings import LintSettings, SettingsError, settings_for
from ...language.syntax import MAX_BYTES
from ...language.workflow_files import is_workflow_name
from ...shellcheck import add_shellcheck_diagnostics, check_new_commands
from ..diagnostics_output import LocatedDiagnostic, locate_diagnostics, read_error_message
from ..stdin import STDIN, read_stdin, shown_name
from ..unified_diff import unified

# How long one file may take. The largest that is checked takes some seconds.
_SECONDS = 30.0
# Starting the processes takes as long as checking some dozen files.
_PARALLEL_FROM = 64


class FixMode(msgspec.Struct, frozen=True):
    """The fixes to apply: also unsafe ones with `unsafe`; the file is written only with `writes`."""

    unsafe: bool
    writes: bool


class Options(msgspec.Struct, frozen=True):
    """Options of a check; `fails` are the severities that make a file invalid."""

    fails: frozenset[str]
    quiet: bool = False
    fix: FixMode | None = None


class Report(msgspec.Struct, frozen=True):
    """The result of checking a file; `unreadable` is why the file cannot be read."""

    path: str
    diagnostics: tuple[LocatedDiagnostic, ...] = ()
    failed: bool = False
    unreadable: str | None = None
    fixed: int = 0
    difference: str = ""


def check_all(paths: list[str], options: Options) -> Iterator[Report]:
    """Yield the reports of files, in their order."""
    check_one = partial(check, options=options)
    workers = min(os.cpu_count() or 1, len(paths) // (_PARALLEL_FROM // 2))
    if len(paths) < _PARALLEL_FROM or workers < 2:
        yield from map(check_one, paths)
        return
    from concurrent.futures import ProcessPoolExecutor

    # Ctrl-C reaches all processes; only this one reacts, and ends the others.
    with ProcessPoolExecutor(workers, initializer=_begin_worker) as pool:
        yield from pool.map(check_one, paths, chunksize=8)


def check(path: str, options: Options) -> Report:
    """Return the report of one file; one that takes too long is invalid, with what was found until then."""
    try:
        with limited_to(Budget(_SECONDS)):
            return _check(path, options)
    except OverBudgetError:
        reason = f"cannot be checked: reading it takes longer than {_SECONDS:g} s; divide it"
        return Report(path, failed=True, unreadable=reason)


def _check(path: str, options: Options) -> Report:
    try:
        analysis = _load(path)
    except (OSError, UnicodeDecodeError) as error:
        return Report(shown_name(path), failed=True, unreadable=read_error_message(error))
    try:
        settings = settings_for(Path(path).absolute().parent)
    except SettingsError as error:
        return Report(path, failed=True, unreadable=f"invalid settings: {error}")
    path = shown_name(path)
    lint = settings.lint if settings is not None else LintSettings()
    if options.fix is not None:
        return _fix(path, analysis, options, options.fix, lint)
    return _report(path, _full_analysis(analysis, lint), options)


def _load(path: str) -> Analysis:
    """Return the analysis of a file, or of stdin. Raises OSError, UnicodeDecodeError."""
    if path == STDIN:
        return analyse(read_stdin(MAX_BYTES))
    return load(Path(path), read=read_file if is_workflow_name(path) else read_named_file)


def _full_analysis(analysis: Analysis, lint: LintSettings) -> Analysis:
    check_new_commands(analysis, lint)
    return add_shellcheck_diagnostics(with_settings(analysis, lint), lint)


def _report(path: str, analysis: Analysis, options: Options) -> Report:
    failed = analysis.unchecked > 0 or any(d.severity in options.fails for d in analysis.diagnostics)
    always = {registry.PARTLY_CHECKED} if analysis.unchecked else set()
    shown = [
        d
        for d in analysis.diagnostics
        if d.severity in options.fails or d.code in always or not options.quiet
    ]
    return Report(path, tuple(locate_diagnostics(analysis, shown)), failed)


def _fix(path: str, analysis: Analysis, options: Options, fix: FixMode, lint: LintSettings) -> Report:
    from ...ide.fixes import FIXABLE, fix_all

    after = fix_all(analysis, set(filter(lint.shows, FIXABLE)), unsafe=fix.unsafe)
    before, text = analysis.document.text, after.document.text
    if fix.writes and text != before:
        try:
            Path(path).write_bytes(text.encode())
        except OSError as error:
            return Report(path, failed=True, unreadable=f"cannot be written: {error.strerror or error}")
    report = _report(path, _full_analysis(after, lint), options)
    difference = "" if fix.writes else unified(path, before, text)
    fixed = len(analysis.diagnostics) - len(after.diagnostics) if text != before else 0
    return msgspec.structs.replace(report, fixed=max(fixed, int(text != before)), difference=difference)


def _begin_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker once the process that feeds it has gone: it would wait for ever."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
