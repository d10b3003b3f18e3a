"""Finds what workflows of older versions of the language say otherwise, and rewrites it in place.

Until version 0.2, `input` in an expression was the workflow's input, and `output` the workflow's output;
participants could be of the types `agent` and `human`. Until 0.4, the `input` of an override replaced that of the
participant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .. import cel
from ..language.analysis import Analysis
from ..language.model.workflow import DEFAULT_VERSION, Call, walk
from ..language.syntax import Node, Scalar
from ..language.syntax.edits import TextEdit
from ..language.syntax.scalar_ranges import content_range

_OLD = re.compile(r"0\.([0-6])(?:\.\d+)?")
_INPUTS_WERE_SCOPED = 3
_INPUT_IS_MERGED = 5
_REMOVED_TYPES = {
    "agent": "run the agent's command line with `type: exec`, or its tool with `type: mcp`",
    "human": "a `wait` for an event asks a person: the editor, `duckflux emit` and a live page answer it",
}
_MEMBER = re.compile(r"\s*(?:\.\s*(?P<name>\w+)|\[\s*(?P<quote>['\"])(?P<key>[^'\"]*)(?P=quote)\s*\])")


class Remark(NamedTuple):
    """Something that a person has to decide, at an offset of the text."""

    offset: int
    message: str


class Migration(NamedTuple):
    """The edits that make a workflow one of today's version, and what they cannot do."""

    edits: tuple[TextEdit, ...]
    remarks: tuple[Remark, ...]


def migration(analysis: Analysis) -> Migration:
    """Return how a workflow becomes one of today's version; nothing to do for one that is."""
    version = _version(analysis)
    edits = [*_version_edits(analysis), *old_inputs(analysis)]
    if version is not None and version < _INPUTS_WERE_SCOPED:
        edits += _old_outputs(analysis)
    remarks = [*_removed_types(analysis)]
    if version is not None and version < _INPUT_IS_MERGED:
        remarks += _merged_inputs(analysis)
    return Migration(tuple(sorted(edits)), tuple(sorted(remarks)))


def old_inputs(analysis: Analysis, only: str | None = None) -> tuple[TextEdit, ...]:
    """Return the edits that read inputs of the workflow as `workflow.inputs.NAME`, of all or of one.

    `input.NAME` is one in a workflow that says that it is of version 0.2 or older, and in one without a version
    that reads a declared input so and none as it is read today.
    """
    version = _version(analysis)
    is_old = version is not None and version < _INPUTS_WERE_SCOPED
    texts = list(_expressions(analysis))
    if not is_old and (version is not None or any(_reads_inputs(node.text) for node, _ in texts)):
        return ()
    declared = analysis.workflow.inputs
    return tuple(
        TextEdit(*analysis.document.offsets(content_range(node, start, end)), "workflow.inputs")
        for node, ast in texts
        for start, end in cel.references(ast, "input")
        if (name := _member(node.text, end)) is not None
        and (name == only if only is not None else is_old or name in declared)
    )


def _version(analysis: Analysis) -> int | None:
    """Return the minor version that a workflow says it is of, None for none or one of the author's own."""
    match = _OLD.fullmatch(analysis.workflow.version)
    return int(match[1]) if match is not None else None


def _version_edits(analysis: Analysis) -> Iterator[TextEdit]:
    node = _root_field(analysis, "version")
    if isinstance(node, Scalar) and _version(analysis) is not None:
        yield TextEdit(*analysis.document.offsets(node), f'"{DEFAULT_VERSION}"')


def _old_outputs(analysis: Analysis) -> Iterator[TextEdit]:
    """Yield the edits of `output`, which was the workflow's; that of a step is `STEP.output`, then as now."""
    for node, ast in _expressions(analysis):
        for start, end in cel.references(ast, "output"):
            yield TextEdit(*analysis.document.offsets(content_range(node, start, end)), "workflow.output")


def _removed_types(analysis: Analysis) -> Iterator[Remark]:
    steps = walk(analysis.workflow.flow)
    inline = (step.inline for step in steps if isinstance(step, Call) and step.inline is not None)
    for participant in (*analysis.workflow.participants.values(), *inline):
        node = participant.node.get("type")
        if participant.type in _REMOVED_TYPES and node is not None:
            advice = _REMOVED_TYPES[participant.type]
            message = f"the type `{participant.type}` is none of the language any more: {advice}"
            yield Remark(analysis.document.offsets(node)[0], message)


def _merged_inputs(analysis: Analysis) -> Iterator[Remark]:
    """Yield the overrides whose `input` replaced that of the participant."""
    participants = analysis.workflow.participants
    for step in walk(analysis.workflow.flow):
        if not isinstance(step, Call) or step.name is None or step.overrides is None:
            continue
        participant, node = participants.get(step.name.text), step.overrides.get("input")
        if node is not None and participant is not None and participant.node.get("input") is not None:
            name = step.name.text
            message = f"this `input` replaced that of `{name}`; now both are merged: check the names in both"
            yield Remark(analysis.document.offsets(node)[0], message)


def _expressions(analysis: Analysis) -> Iterator[tuple[Scalar, cel.Ast]]:
    """Yield the texts that are expressions, with what they say."""
    for item in analysis.state.model.items if analysis.state else ():
        for field in item.expression_fields:
            if not field.node.alias and ("input" in field.node.text or "output" in field.node.text):
                ast = cel.parse(field.node.text)
                if not ast.errors:
                    yield field.node, ast


def _reads_inputs(text: str) -> bool:
    return re.search(r"\bworkflow\s*\.\s*inputs\b", text) is not None


def _member(text: str, end: int) -> str | None:
    match = _MEMBER.match(text, end)
    return None if match is None else match["name"] or match["key"]


def _root_field(analysis: Analysis, name: str) -> Node | None:
    root = analysis.document.root
    return root.get(name) if root is not None and hasattr(root, "get") else None
