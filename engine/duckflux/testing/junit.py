"""Outcomes of tests as JUnit's XML, which every CI reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from .runner import CaseResult

# XML 1.0 takes no others.
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(path: Path, files: Iterable[tuple[Path, tuple[CaseResult, ...]]]) -> None:
    """Write the outcomes of test files. Raises OSError."""
    root = ElementTree.Element("testsuites")
    for file, outcomes in files:
        failed = sum(bool(outcome.problems) for outcome in outcomes)
        counts = {"tests": str(len(outcomes)), "failures": str(failed)}
        suite = ElementTree.SubElement(root, "testsuite", {"name": str(file), **counts})
        for outcome in outcomes:
            case = {
                "name": _clean(outcome.case.name),
                "classname": str(file),
                "time": f"{outcome.seconds:.3f}",
            }
            element = ElementTree.SubElement(suite, "testcase", case)
            if outcome.problems:
                first = _clean(outcome.problems[0].partition("\n")[0])
                failure = ElementTree.SubElement(element, "failure", {"message": first})
                failure.text = _clean("\n".join(outcome.problems))
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _clean(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
