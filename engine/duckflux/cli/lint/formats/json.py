"""Writes one JSON document. Lines and columns count from 1, in code points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TextIO

from ....language.registry import REGISTRY
from ...json_output import indented_json
from ..check import Options, Report


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write `{"files": [{"path", "valid", "error"?, "diagnostics": [...]}]}`."""
    found = {"files": [_file(report) for report in reports]}
    print(indented_json(found), file=out)


def _file(report: Report) -> dict[str, Any]:
    error = {"error": report.unreadable} if report.unreadable is not None else {}
    diagnostics = [
        {
            "code": found.code,
            "rule": REGISTRY[found.code].slug if found.code in REGISTRY else None,
            "severity": found.severity,
            "message": found.message,
            "field": found.field,
            "start": {"line": found.line, "column": found.column},
            "end": {"line": found.end_line, "column": found.end_column},
        }
        for found in report.diagnostics
    ]
    return {"path": report.path, "valid": not report.failed} | error | {"diagnostics": diagnostics}
