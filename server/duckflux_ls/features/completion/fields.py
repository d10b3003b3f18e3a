"""The fields that may stand where a key is being typed: those of the schema that are not there yet."""

from __future__ import annotations

from collections.abc import Iterator

from duckflux.ide.cursor import Probe
from duckflux.language.schema import Schema, resolve
from duckflux.language.schema.validation import missing_fields
from duckflux.language.syntax import Mapping, Scalar
from lsprotocol.types import CompletionItemKind

from ...documents import Edit
from ..schema_text import field_doc, type_words
from .candidate import Candidate

_REQUIRED, _USUAL = 1, 2


def fields(
    probe: Probe, edit: Edit, rules: tuple[Schema, ...], *, colon: bool, flow: bool
) -> Iterator[Candidate]:
    """Fields of the map at the probe. `colon` says whether one follows already, `flow` that the map is written
    with braces."""
    node = probe.cursor.parent if probe.cursor.role == "key" else None
    there = node if isinstance(node, Mapping) else None
    seen: set[str] = set()
    for rule in rules:
        required = missing_fields(there, rule) if there is not None else rule.get("required", ())
        for name, part in rule.get("properties", {}).items():
            if name in seen or (there is not None and name in there) or not _suits(part, rule, there):
                continue
            seen.add(name)
            field = resolve(part)
            insert = name if colon else name + _continuation(field, flow)
            yield Candidate(
                label=name,
                kind=CompletionItemKind.Property,
                edit=edit._replace(text=insert),
                detail=type_words(field) + (" (required)" if name in required else ""),
                doc=field_doc(name, field),
                group=_REQUIRED if name in required else _USUAL,
                snippet="$" in insert,
            )


def _suits(part: Schema, rule: Schema, node: Mapping | None) -> bool:
    """Whether a field is for this type of participant."""
    kinds = part.get("x-types")
    discriminator = rule.get("x-discriminator")
    if not kinds or node is None or discriminator is None:
        return True
    given = node.get(discriminator)
    return not isinstance(given, Scalar) or given.value is None or given.text in kinds


def _continuation(field: Schema, flow: bool) -> str:
    """What follows a key: its value on the same line, or the indentation for what is below."""
    kinds = {str(branch.get("type")) for branch in map(resolve, field.get("anyOf", (field,)))}
    if flow or kinds - {"object", "array"}:
        return ": "
    return ":\n  - $0" if kinds == {"array"} else ":\n  $0"
