"""Writes JUnit XML: a suite for each file, a case for each diagnostic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO
from xml.etree import ElementTree as Xml

from ....testing.xml_text import xml_text
from ...diagnostics_output import LocatedDiagnostic
from ...text_output import print_text
from ..check import Options, Report


def write(reports: Iterator[Report], options: Options, out: TextIO) -> None:
    """Write one document for all files. A diagnostic that makes its file invalid is a failure."""
    root = Xml.Element("testsuites", name="duckflux lint")
    for report in reports:
        root.append(_suite(report, options))
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in root)))
    Xml.indent(root)
    print('<?xml version="1.0" encoding="UTF-8"?>', file=out)
    print_text(Xml.tostring(root, encoding="unicode"), file=out)


def _suite(report: Report, options: Options) -> Xml.Element:
    suite = Xml.Element("testsuite", name=xml_text(report.path))
    if report.unreadable is not None:
        case = Xml.SubElement(suite, "testcase", name="readable", classname=xml_text(report.path))
        Xml.SubElement(case, "error", message=xml_text(report.unreadable))
    for found in report.diagnostics:
        suite.append(_case(report.path, found, options))
    if not len(suite):
        Xml.SubElement(suite, "testcase", name="valid", classname=xml_text(report.path))
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    return suite


def _case(path: str, found: LocatedDiagnostic, options: Options) -> Xml.Element:
    location = f"{path}:{found.line}:{found.column}"
    case = Xml.Element("testcase", name=xml_text(f"{found.code} at {location}"), classname=xml_text(path))
    text = xml_text(f"{location}: {found.severity}: {found.message}\n{found.source}")
    if found.severity in options.fails:
        failure = Xml.SubElement(case, "failure", type=found.severity, message=xml_text(found.message))
        failure.text = text
    else:
        Xml.SubElement(case, "system-out").text = text
    return case
