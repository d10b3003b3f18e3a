"""An input is read by an expression: see docs/language.md#6-inputs."""

from __future__ import annotations

from collections.abc import Iterator

from ... import registry
from ...semantics.items import Section
from ...semantics.query_context import QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Mapping, Problem, Scalar

SUBJECTS = (Section,)


def check(section: Section, context: QueryContext) -> Iterator[Problem]:
    if section.key is None or section.key.text != "inputs":
        return
    for key, schema in section.node if isinstance(section.node, Mapping) else ():
        is_input = isinstance(schema, Mapping) or (isinstance(schema, Scalar) and schema.value is None)
        if is_input and context.query(SemanticModel.is_unused_input, key.text):
            yield Problem(registry.UNUSED_INPUT, f"input `{key.text}` is never read", key)
