"""Completes the fields that the schema allows in a map and that are not there yet."""

from __future__ import annotations

from collections.abc import Iterator

from ...language.schema import Schema, resolve
from ...language.schema.validation import missing_fields
from ...language.syntax import Mapping, Scalar
from ...language.syntax.edits import TextEdit
from ..descriptions import accepted_types, field_doc
from .completion import Completion
from .context import CompletionContext

_REQUIRED, _OPTIONAL = 1, 2


def contribute(context: CompletionContext) -> Iterator[Completion]:
    """Yield the fields that may be added where a key is typed."""
    return field_completions(
        context.key_schemas,
        context.word_edit,
        context.present_fields,
        has_colon=context.has_colon,
        is_in_brackets=context.is_in_brackets,
    )


def field_completions(
    schemas: tuple[Schema, ...],
    edit: TextEdit,
    present: Mapping | None,
    *,
    has_colon: bool = False,
    is_in_brackets: bool = False,
) -> Iterator[Completion]:
    """Yield the fields of these schemas that are not `present`, required ones in the first group."""
    seen: set[str] = set()
    for schema in schemas:
        required = missing_fields(present, schema) if present is not None else schema.get("required", ())
        for name, part in schema.get("properties", {}).items():
            is_present = name in seen or (present is not None and name in present)
            if is_present or not _suits_type(part, schema, present):
                continue
            seen.add(name)
            field = resolve(part)
            insert = name if has_colon else name + _continuation(field, is_in_brackets)
            yield Completion(
                label=name,
                kind="property",
                edit=edit._replace(text=insert),
                detail=accepted_types(field) + (" (required)" if name in required else ""),
                documentation=field_doc(name, field),
                group=_REQUIRED if name in required else _OPTIONAL,
                snippet="$" in insert,
            )


def _suits_type(part: Schema, schema: Schema, present: Mapping | None) -> bool:
    """Return whether a field is one of the participant's type."""
    types = part.get("x-types")
    discriminator = schema.get("x-discriminator")
    if not types or present is None or discriminator is None:
        return True
    type_ = present.get(discriminator)
    return not isinstance(type_, Scalar) or type_.value is None or type_.text in types


def _continuation(field: Schema, is_in_brackets: bool) -> str:
    """Return what follows a key: a space for its value, or the indentation of what is below."""
    kinds = {str(branch.get("type")) for branch in map(resolve, field.get("anyOf", (field,)))}
    if is_in_brackets or kinds - {"object", "array"}:
        return ": "
    return ":\n  - $0" if kinds == {"array"} else ":\n  $0"
