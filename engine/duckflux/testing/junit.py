"""Writes the results of tests as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from .runner import CaseResult
from .xml_text import xml_text


def write(path: Path, files: Iterable[tuple[Path, tuple[CaseResult, ...]]]) -> None:
    """Write the results of test files. Raises OSError."""
    root = ElementTree.Element("testsuites")
    for file, results in files:
        failed = sum(bool(result.problems) for result in results)
        counts = {"tests": str(len(results)), "failures": str(failed)}
        suite = ElementTree.SubElement(root, "testsuite", {"name": str(file), **counts})
        for result in results:
            case = {
                "name": xml_text(result.case.name),
                "classname": str(file),
                "time": f"{result.seconds:.3f}",
            }
            element = ElementTree.SubElement(suite, "testcase", case)
            if result.problems:
                first = xml_text(result.problems[0].partition("\n")[0])
                failure = ElementTree.SubElement(element, "failure", {"message": first})
                failure.text = xml_text("\n".join(result.problems))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
