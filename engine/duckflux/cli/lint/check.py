"""Files to reports; many files in several processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from ...language.analysis import load
from ..report import Finding, findings, why_unreadable

# Starting the processes costs as much as some dozen files.
_MANY = 64


class Options(msgspec.Struct, frozen=True):
    """What to look for. `fails` are the severities that make a file invalid."""

    fails: frozenset[str]
    quiet: bool = False


class Report(msgspec.Struct, frozen=True):
    """What is to be said of one file; `unreadable` is why it can't be read."""

    path: str
    findings: tuple[Finding, ...] = ()
    failed: bool = False
    unreadable: str | None = None


def check_all(paths: list[str], options: Options) -> Iterator[Report]:
    """The reports of files, in their order."""
    one = partial(check, options=options)
    workers = min(os.cpu_count() or 1, len(paths) // (_MANY // 2))
    if len(paths) < _MANY or workers < 2:
        yield from map(one, paths)
        return
    from concurrent.futures import ProcessPoolExecutor

    # Ctrl-C reaches every process of the terminal: this one ends the others.
    with ProcessPoolExecutor(workers, initializer=_ignore_interrupts) as pool:
        yield from pool.map(one, paths, chunksize=8)


def check(path: str, options: Options) -> Report:
    """The report of one file."""
    try:
        analysis = load(Path(path))
    except (OSError, UnicodeDecodeError) as error:
        return Report(path, failed=True, unreadable=why_unreadable(error))
    failed = any(d.severity in options.fails for d in analysis.diagnostics)
    shown = [d for d in analysis.diagnostics if d.severity in options.fails or not options.quiet]
    return Report(path, tuple(findings(analysis, shown)), failed)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
