"""textDocument/diagnostic and textDocument/publishDiagnostics: an analysis as LSP diagnostics."""

from __future__ import annotations

from duckflux.language import explain
from duckflux.language.analysis import Analysis, Diagnostic
from duckflux.language.codes import Severity
from lsprotocol import types

from ..positions import to_range

SOURCE = "duckflux"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
}


def diagnostics(
    analysis: Analysis, uri: str, encoding: types.PositionEncodingKind | str
) -> list[types.Diagnostic]:
    """All diagnostics of a text, in its order."""
    return [_diagnostic(analysis, found, uri, encoding) for found in analysis.diagnostics]


def _diagnostic(
    analysis: Analysis, found: Diagnostic, uri: str, encoding: types.PositionEncodingKind | str
) -> types.Diagnostic:
    lines = analysis.document.lines
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(uri, to_range(lines, other.start, other.end, encoding)), other.message
        )
        for other in found.related
    ]
    return types.Diagnostic(
        range=to_range(lines, found.start, found.end, encoding),
        message=found.message,
        severity=_SEVERITIES[found.severity],
        code=found.code,
        code_description=types.CodeDescription(explain.file(found.code).as_uri()),
        source=SOURCE,
        related_information=related or None,
        data={"suggestion": found.suggestion} if found.suggestion else None,
    )
