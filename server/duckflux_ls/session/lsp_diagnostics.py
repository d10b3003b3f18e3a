"""Converts the diagnostics of an analysis to LSP."""

from __future__ import annotations

from contextlib import suppress

from duckflux.ide.fixes import Fix, fixes_of
from duckflux.language import registry
from duckflux.language.analysis import Analysis, Diagnostic
from duckflux.language.budget import OverBudgetError, check_budget
from duckflux.language.lint import explain
from duckflux.language.registry import Severity
from duckflux.shellcheck import PAGES, is_shellcheck_code
from lsprotocol import types

from .conversions import to_text_edits
from .positions import Encoding, to_range

SOURCE = "duckflux"
# Finding a fix may take as long as reading the text.
_MAX_WITH_FIXES = 50
# More take seconds to be sent, and nobody reads them.
_MAX_SENT = 5_000
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
}


def to_diagnostics(analysis: Analysis, uri: str, encoding: Encoding) -> list[types.Diagnostic]:
    """Return the diagnostics of a document, in the order of the text, the first of them with their fixes.

    Of very many, the last one tells how many are left out.
    """
    sent = analysis.diagnostics[:_MAX_SENT]
    if missing := len(analysis.diagnostics) - len(sent):
        message = f"{missing:,} more problems are not shown: fix some of those above"
        last = sent[-1]
        severity = registry.REGISTRY[registry.PARTLY_CHECKED].severity
        sent = (*sent, Diagnostic(registry.PARTLY_CHECKED, severity, message, last.start, last.end))
    return [
        to_diagnostic(analysis, found, uri, encoding, with_fixes=number < _MAX_WITH_FIXES)
        for number, found in enumerate(sent)
    ]


def to_diagnostic(
    analysis: Analysis, found: Diagnostic, uri: str, encoding: Encoding, *, with_fixes: bool = True
) -> types.Diagnostic:
    """Return one diagnostic; its `data` has the fixes, for clients that read diagnostics but no code actions."""
    lines = analysis.document.lines
    related = [
        types.DiagnosticRelatedInformation(
            types.Location(uri, to_range(lines, other.start, other.end, encoding)), other.message
        )
        for other in found.related
    ]
    fixes = [
        {
            "title": fix.title,
            "preferred": fix.preferred,
            "edits": [
                {"range": edit.range, "newText": edit.new_text}
                for edit in to_text_edits(lines, fix.edits, encoding)
            ],
        }
        for fix in (_fixes_in_time(analysis, found) if with_fixes else ())
    ]
    return types.Diagnostic(
        range=to_range(lines, found.start, found.end, encoding),
        message=found.message,
        severity=_SEVERITIES[found.severity],
        code=found.code,
        code_description=types.CodeDescription(_page(found.code)),
        source="shellcheck" if is_shellcheck_code(found.code) else SOURCE,
        tags=_tags(found.code),
        related_information=related or None,
        data={"fixes": fixes} if fixes else None,
    )


def _fixes_in_time(analysis: Analysis, found: Diagnostic) -> tuple[Fix, ...]:
    """Return the fixes of a diagnostic, none once the budget is spent: the diagnostics are sent without them."""
    with suppress(OverBudgetError):
        check_budget()
        return fixes_of(analysis, found)
    return ()


def _tags(code: str) -> list[types.DiagnosticTag] | None:
    rule = registry.REGISTRY.get(code)
    if rule is None:
        return None
    tags = {
        types.DiagnosticTag.Unnecessary: rule.unnecessary,
        types.DiagnosticTag.Deprecated: rule.deprecated,
    }
    return [tag for tag, given in tags.items() if given] or None


def _page(code: str) -> str:
    return f"{PAGES}{code}" if is_shellcheck_code(code) else explain.explanation_file(code).as_uri()
