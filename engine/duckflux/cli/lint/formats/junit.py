"""JUnit's XML: a suite for each file, a case for each finding. What fails the file is a failure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO
from xml.etree import ElementTree as Xml

from ...diagnostics_output import LocatedDiagnostic
from ..check import Options, Report

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """One document for all files."""
    root = Xml.Element("testsuites", name="duckflux lint")
    for report in reports:
        root.append(_suite(report, options))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in root)))
    Xml.indent(root)
    print('<?xml version="1.0" encoding="UTF-8"?>', file=out)
    print(Xml.tostring(root, encoding="unicode"), file=out)


def _suite(report: Report, options: Options) -> Xml.Element:
    suite = Xml.Element("testsuite", name=_clean(report.path))
    if report.unreadable is not None:
        case = Xml.SubElement(suite, "testcase", name="readable", classname=_clean(report.path))
        Xml.SubElement(case, "error", message=_clean(report.unreadable))
    for found in report.findings:
        suite.append(_case(report.path, found, options))
    if not len(suite):
        Xml.SubElement(suite, "testcase", name="valid", classname=_clean(report.path))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    return suite


def _case(path: str, found: LocatedDiagnostic, options: Options) -> Xml.Element:
    place = f"{path}:{found.line}:{found.column}"
    case = Xml.Element("testcase", name=_clean(f"{found.code} at {place}"), classname=_clean(path))
    text = _clean(f"{place}: {found.severity}: {found.message}\n{found.source}")
    if found.severity in options.fails:
        failure = Xml.SubElement(case, "failure", type=found.severity, message=_clean(found.message))
        failure.text = text
    else:
        Xml.SubElement(case, "system-out").text = text
    return case


def _clean(text: str) -> str:
    """Without what XML can't hold."""
    return _FORBIDDEN.sub("\ufffd", text)
