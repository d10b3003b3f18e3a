"""Writes SARIF 2.1.0 for code scanning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

from ....language.lint import explain
from ....language.registry import REGISTRY
from ....shellcheck import PAGES, is_shellcheck_code
from ....version import __version__
from ...diagnostics_output import LocatedDiagnostic
from ...json_output import indented_json
from ..check import Options, Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "information": "note"}


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write one log with one run. A file that cannot be read is a notification of the tool."""
    all_reports = list(reports)
    codes = sorted({found.code for report in all_reports for found in report.diagnostics})
    unreadable = [report for report in all_reports if report.unreadable is not None]
    run = {
        "tool": {
            "driver": {"name": "duckflux", "version": __version__, "rules": [_rule(code) for code in codes]}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not unreadable,
                "toolExecutionNotifications": [_notification(report) for report in unreadable],
            }
        ],
        "results": [
            _result(report.path, found, codes.index(found.code))
            for report in all_reports
            for found in report.diagnostics
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    print(indented_json(log), file=out)


def _rule(code: str) -> dict[str, Any]:
    if is_shellcheck_code(code):
        return {"id": code, "helpUri": f"{PAGES}{code}"}
    rule = REGISTRY[code]
    page = explain.page(code)
    return {
        "id": code,
        "name": rule.slug,
        "shortDescription": {"text": rule.title},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(path: str, found: LocatedDiagnostic, index: int) -> dict[str, Any]:
    region = {
        "startLine": found.line,
        "startColumn": found.column,
        "endLine": found.end_line,
        "endColumn": found.end_column,
        "snippet": {"text": found.source},
    }
    return {
        "ruleId": found.code,
        "ruleIndex": index,
        "level": _LEVELS[found.severity],
        "message": {"text": f"{found.field}: {found.message}" if found.field else found.message},
        "locations": [
            {"physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region}},
        ],
    }


def _notification(report: Report) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{report.path}: {report.unreadable}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(report.path)}}}],
    }


def _uri(path: str) -> str:
    file = Path(path)
    return file.as_uri() if file.is_absolute() else quote(file.as_posix())
