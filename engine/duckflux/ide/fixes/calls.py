"""Fixes the inputs of a called workflow, and the output of the workflow itself."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.analysis import Analysis, Diagnostic
from ...language.model.workflow import Call, walk
from ...language.suggest import closest
from ...language.syntax import Mapping, Scalar
from ...language.syntax.ancestors import ancestors_at
from ...language.syntax.edits import TextEdit, Value, add_fields, as_yaml, in_brackets, is_after_dash
from .fix import Fix


def add_inputs(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Pass the required inputs: those of the workflow with the same names, else an empty text."""
    names = (diagnostic.suggestion or "").splitlines()
    added = {as_yaml(name): _value(analysis, name) for name in names}
    for step in walk(analysis.workflow.flow):
        if not isinstance(step, Call) or step.node.alias:
            continue
        node = step.inline.node.pairs[0].key if step.inline is not None else step.name
        if node is None or analysis.document.offsets(node)[0] != diagnostic.start:
            continue
        edit = _given(analysis, step, added)
        if edit is not None:
            title = "Add " + ", ".join(f"`{name}`" for name in names)
            yield Fix(title, (edit,), safe=False)


def add_required_output(analysis: Analysis, diagnostic: Diagnostic) -> Iterator[Fix]:
    """Return what the schema requires: rename what has a similar name, else add the result of the flow."""
    output = analysis.workflow.output
    name = ancestors_at(analysis.document, diagnostic.start).last
    if output is None or output.map is None or output.schema is None or name is None:
        return
    required = name.pair.key
    if name.holder is not output.schema or output.map.alias:
        return
    unlisted = {pair.key.text: pair.key for pair in output.map if pair.key.text not in output.schema}
    meant = closest(required.text, unlisted)
    if meant is not None:
        edit = TextEdit(*analysis.document.offsets(unlisted[meant]), as_yaml(required.text))
        yield Fix(f"Rename `{meant}` to `{required.text}`", (edit,))
    else:
        edit = add_fields(analysis.document, output.map, {as_yaml(required.text): "output"})
        yield Fix(f"Add `{required.text}`", (edit,), safe=False)


def _value(analysis: Analysis, name: str) -> str:
    is_readable = name in analysis.workflow.inputs and name.isidentifier()
    return f"workflow.inputs.{name}" if is_readable else "'\"\"'"


def _given(analysis: Analysis, step: Call, added: dict[str, str]) -> TextEdit | None:
    document = analysis.document
    holder = step.inline.node if step.inline is not None else step.overrides
    fields: dict[str, Value] = {"input": added}
    if holder is None:
        if not isinstance(step.node, Scalar):
            return None
        start, end = document.offsets(step.node)
        text = f"{document.text[start:end]}: {{input: {in_brackets(added)}}}"
        return TextEdit(start, end, text if is_after_dash(document, start) else f"{{{text}}}")
    given = holder.get("input")
    if isinstance(given, Mapping) and given.pairs:
        return None if given.alias else add_fields(document, given, added)
    return add_fields(document, holder, fields) if given is None else None
