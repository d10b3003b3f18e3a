"""The `cwd` of a step exists, or a command creates it: see docs/language.md#working-directory."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ... import registry
from ...semantics.query_context import PlainText, QueryContext
from ...semantics.semantic_model import SemanticModel
from ...syntax import Problem
from ...syntax.scalar_ranges import content_range

SUBJECTS = (PlainText,)
_RELATIVE = re.compile(r"(?!/|~)[\w./ -]+")


def check(text: PlainText, context: QueryContext) -> Iterator[Problem]:
    node = text.expression_field.node
    if text.expression_field.field != "cwd" or not _RELATIVE.fullmatch(node.text):
        return
    if context.query(SemanticModel.is_missing_folder, node.text):
        message = f"folder `{node.text}` does not exist, and no command mentions it"
        yield Problem(registry.MISSING_FOLDER, message, content_range(node, 0, len(node.text)))
