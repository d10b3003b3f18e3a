"""Makes the hints at reads of fields that no recorded run had."""

from __future__ import annotations

from itertools import islice

from duckflux.ide.recorded_values import RecordedRun
from duckflux.ide.unobserved import UnobservedRead, unobserved_reads
from duckflux.language.analysis import Analysis
from lsprotocol import types

from ..session.positions import Encoding, to_range
from .overlay import SOURCE

UNOBSERVED = "unobserved-field"
_MAX_HINTS = 100


def unobserved_hints(analysis: Analysis, run: RecordedRun, encoding: Encoding) -> list[types.Diagnostic]:
    """Return a hint, which editors show by a few dots, for each of these reads."""
    lines = analysis.document.lines
    return [
        types.Diagnostic(
            to_range(lines, read.start, read.end, encoding),
            _message(read),
            types.DiagnosticSeverity.Hint,
            UNOBSERVED,
            source=SOURCE,
        )
        for read in islice(unobserved_reads(analysis, run), _MAX_HINTS)
    ]


def _message(read: UnobservedRead) -> str:
    outputs = (
        "The one recorded output" if read.executions == 1 else f"None of {read.executions} recorded outputs"
    )
    verb = "has no" if read.executions == 1 else "has a"
    return f"{outputs} of `{read.step}` {verb} `{read.field}`"
