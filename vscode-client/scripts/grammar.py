"""Writes syntaxes/duckflux.tmLanguage.json: which fields hold CEL or shell, schema.json alone says.

YAML is described line by line, as only then the end of an embedded block follows from its indentation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

CLIENT = Path(__file__).parent.parent
SCHEMA = CLIENT.parent / "engine" / "duckflux" / "language" / "schema" / "schema.json"
GRAMMAR = CLIENT / "syntaxes" / "duckflux.tmLanguage.json"

Rule = dict[str, Any]
Captures = dict[str, Any]

_KEY = {"name": "entity.name.tag.yaml"}
_COLON = {"name": "punctuation.separator.key-value.mapping.yaml"}
_DASH = {"name": "punctuation.definition.block.sequence.item.yaml"}
_QUOTE = {"name": "punctuation.definition.string.yaml"}
_BLOCK = {"name": "keyword.control.flow.block-scalar.yaml"}
_PLAIN_KEY = r"[^\s:#'\"{}\[\],&*!|>%@`?-][^:#'\"{}\[\],]*?"
_ANY_KEY = rf"{_PLAIN_KEY}|\"[^\"]*\"|'[^']*'"
_COMMENT = r"(\s+#.*)?$"
# How a line begins, and the lines below it that belong to its value: those indented deeper than its key.
_STARTS = ((r"^( *)()", r"^(?=\1 +\S)|^\s*$"), (r"^( *)(- +)", r"^(?=\1 {3,}\S)|^\s*$"))
_FLOW_START = r"(?<![^\s{,\[])()()"


class Fields(NamedTuple):
    """Names of fields whose value is text in a language, is a map of such texts, or either at the top level."""

    cel: tuple[str, ...]
    cel_maps: tuple[str, ...]
    cel_at_top: tuple[str, ...]
    shell: tuple[str, ...]


def fields(schema: Rule) -> Fields:
    """The fields that hold shell, or CEL for certain: those that may be plain text are left to the server."""
    found = list(_properties(schema["$defs"]))
    top = schema["properties"].items()
    return Fields(
        cel=_names(found, lambda field: _is_cel(schema, field)),
        cel_maps=_names(found, lambda field: _is_cel_map(schema, field)),
        cel_at_top=_names(top, lambda field: _is_cel(schema, field) or _is_cel_map(schema, field)),
        shell=_names(found, lambda field: field.get("x-kind") == "shell"),
    )


def grammar(known: Fields) -> Rule:
    """The TextMate grammar."""
    cel, shell = ("cel", {"include": "#cel"}), ("shell", {"include": "#shell"})
    flow_maps = [
        _flow_map(start, known.cel_maps, "#flow-cel-entries") for start in (_FLOW_START, r"^( *)(- +)?")
    ]
    return {
        "$comment": "Made by scripts/grammar.py from schema.json.",
        "name": "duckflux",
        "scopeName": "source.duckflux",
        "patterns": [
            {"include": "#comment"},
            {"match": r"^(---|\.\.\.)(?=\s|$)", "name": "entity.other.document.yaml"},
            *_block_map(known.cel_maps),
            *_block_map(known.cel_at_top, at_top=True),
            *flow_maps,
            _flow_map("^()()", known.cel_at_top, "#flow-cel-entries"),
            *_block_entry(known.cel, *cel),
            *_block_entry(known.cel_at_top, *cel, at_top=True),
            *_block_entry(known.shell, *shell),
            *_block_text(),
            {"include": "#flow-entries"},
            {"include": "#yaml"},
        ],
        "repository": {
            "cel-entries": {
                "patterns": [
                    {"include": "#comment"},
                    *_block_map(known.cel_maps),
                    *_block_entry((_ANY_KEY,), *cel),
                    {"include": "#yaml"},
                ]
            },
            "flow-entries": {
                "patterns": [*flow_maps, *_flow_entry(known.cel, *cel), *_flow_entry(known.shell, *shell)]
            },
            "flow-cel-entries": {"patterns": [*_flow_entry((_ANY_KEY,), *cel), {"include": "#yaml"}]},
            "shell": {"patterns": [_first_command(known.shell), {"include": "source.shell"}]},
            **_yaml(),
            **_cel(),
        },
    }


def text() -> str:
    """The grammar file's content."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return json.dumps(grammar(fields(schema)), indent=2, ensure_ascii=False) + "\n"


def _properties(node: Any) -> Iterator[tuple[str, Rule]]:
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        for value in node.values():
            yield from _properties(value)
    elif isinstance(node, list):
        for value in node:
            yield from _properties(value)


def _names(found: Any, wanted: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, field in found if isinstance(field, dict) and wanted(field)))


def _forms(schema: Rule, field: Rule) -> Iterator[Rule]:
    """The field's schema and those that it refers to or chooses from."""
    yield field
    if "$ref" in field:
        yield from _forms(schema, schema["$defs"][field["$ref"].removeprefix("#/$defs/")])
    for form in field.get("anyOf", ()):
        yield from _forms(schema, form)


def _is_cel(schema: Rule, field: Rule) -> bool:
    return any(form.get("x-cel") in ("value", "condition") for form in _forms(schema, field))


def _is_cel_map(schema: Rule, field: Rule) -> bool:
    for form in _forms(schema, field):
        values = form.get("additionalProperties")
        if form.get("x-nested") and _is_cel(schema, form):
            return True
        if isinstance(values, dict) and _is_cel(schema, values):
            return True
    return False


def _alternatives(names: tuple[str, ...]) -> str:
    return f"({'|'.join(names)})"


def _head(start: str, names: tuple[str, ...]) -> tuple[str, Captures]:
    """A line's beginning up to and with the colon, in four groups: indentation, dash, key, colon."""
    return f"{start}{_alternatives(names)}\\s*(:)", {"2": _DASH, "3": _KEY, "4": _COLON}


def _starts(at_top: bool) -> tuple[tuple[str, str], ...]:
    return ((r"^()()", r"^(?= +\S)|^\s*$"),) if at_top else _STARTS


def _block_map(names: tuple[str, ...], *, at_top: bool = False) -> Iterator[Rule]:
    """A key with a map of expressions on the lines below it."""
    for start, inside in _starts(at_top):
        head, captures = _head(start, names)
        comment = {"5": {"patterns": [{"include": "#comment"}]}}
        yield {
            "begin": head + _COMMENT,
            "beginCaptures": captures | comment,
            "while": inside,
            "patterns": [{"include": "#cel-entries"}],
        }


def _flow_map(start: str, names: tuple[str, ...], entries: str) -> Rule:
    head, captures = _head(start, names)
    return {
        "begin": head + r"\s+(\{)",
        "beginCaptures": captures | {"5": {"name": "punctuation.definition.mapping.begin.yaml"}},
        "end": r"\}",
        "endCaptures": {"0": {"name": "punctuation.definition.mapping.end.yaml"}},
        "patterns": [{"include": "#comment"}, {"include": entries}],
    }


def _block_entry(
    names: tuple[str, ...], language: str, embedded: Rule, *, at_top: bool = False
) -> Iterator[Rule]:
    """A key with text in another language: as block scalar, in quotes, or plain over one or more lines."""
    for start, inside in _starts(at_top):
        head, captures = _head(start, names)
        yield {
            "begin": head + r"\s+([|>][-+0-9]*)" + _COMMENT,
            "beginCaptures": captures | {"5": _BLOCK, "6": {"patterns": [{"include": "#comment"}]}},
            "while": inside,
            "contentName": f"meta.embedded.block.{language}",
            "patterns": [embedded],
        }
        yield from _quoted(head, captures, language, embedded)
        yield {
            "begin": head + r"\s+(?=[^\s|>\"'{\[&*!#%@`])",
            "beginCaptures": captures,
            "while": inside,
            "contentName": f"meta.embedded.inline.{language}",
            "patterns": [{"include": "#comment"}, embedded],
        }


def _flow_entry(names: tuple[str, ...], language: str, embedded: Rule) -> Iterator[Rule]:
    head, captures = _head(_FLOW_START, names)
    yield from _quoted(head, captures, language, embedded)
    value = {"name": f"meta.embedded.inline.{language}", "patterns": [embedded]}
    yield {
        "match": head + r"\s+([^\s,{}\[\]\"'|>&*!#][^,{}\[\]\n]*)(?=[,}])",
        "captures": captures | {"5": value},
    }


def _quoted(head: str, captures: Captures, language: str, embedded: Rule) -> Iterator[Rule]:
    value = {"name": f"meta.embedded.inline.{language}", "patterns": [embedded]}
    for quoted in (r"(\")((?:[^\"\\]|\\.)*)(\")", r"(')((?:[^']|'')*)(')"):
        yield {
            "match": head + r"\s+" + quoted,
            "captures": captures | {"5": _QUOTE, "6": value, "7": _QUOTE},
        }


def _block_text() -> Iterator[Rule]:
    """Any other key, or item of a list, with a block scalar."""
    for start, inside in _STARTS:
        head, captures = _head(start, (_ANY_KEY,))
        yield {
            "begin": head + r"\s+([|>][-+0-9]*)" + _COMMENT,
            "beginCaptures": captures | {"5": _BLOCK, "6": {"patterns": [{"include": "#comment"}]}},
            "while": inside,
            "contentName": "string.unquoted.block.yaml",
        }


def _first_command(names: tuple[str, ...]) -> Rule:
    """The shell's own grammar knows a command by what stands before it, which is a key here."""
    keywords = "if|for|while|until|case|select|function|time|then|do"
    keys = "|".join(f"{name}: {quote}" for name in names for quote in ("", '"', "'"))
    name = "entity.name.function.call.shell entity.name.command.shell"
    return {"match": rf"(?<={keys})(?!(?:{keywords})\b)[\w./-]+(?=[\s;,]|$)", "name": name}


def _yaml() -> dict[str, Rule]:
    def nested(kind: str, begin: str, end: str) -> Rule:
        return {
            "begin": begin,
            "beginCaptures": {"0": {"name": f"punctuation.definition.{kind}.begin.yaml"}},
            "end": end,
            "endCaptures": {"0": {"name": f"punctuation.definition.{kind}.end.yaml"}},
            "patterns": [{"include": "#comment"}, {"include": "#flow-entries"}, {"include": "#yaml"}],
        }

    def string(kind: str, quote: str, escape: str) -> Rule:
        return {
            "begin": quote,
            "beginCaptures": {"0": _QUOTE},
            "end": quote + ("(?!')" if quote == "'" else ""),
            "endCaptures": {"0": _QUOTE},
            "name": f"string.quoted.{kind}.yaml",
            "patterns": [{"match": escape, "name": "constant.character.escape.yaml"}],
        }

    number = r"[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)"
    after = r"(?=\s*(?:$|[,}\]]|\s#))"
    before = r"(?<![^\s{,\[:])"
    return {
        "comment": {"match": r"(?<!\S)#.*$", "name": "comment.line.number-sign.yaml"},
        "yaml": {
            "patterns": [
                {"match": r"(?<!\S)-(?=\s|$)", **_DASH},
                {"match": rf"({_PLAIN_KEY})\s*(:)(?=\s|$|[,}}])", "captures": {"1": _KEY, "2": _COLON}},
                {
                    "match": r"((\")(?:[^\"\\]|\\.)*(\")|(')(?:[^']|'')*('))\s*(:)(?=\s|$)",
                    "captures": {"1": _KEY, "2": _QUOTE, "3": _QUOTE, "4": _QUOTE, "5": _QUOTE, "6": _COLON},
                },
                {"match": r"(?<!\S)[&*][^\s,{}\[\]]+", "name": "variable.other.alias.yaml"},
                {"match": r"(?<!\S)![^\s,{}\[\]]*", "name": "storage.type.tag-handle.yaml"},
                {"match": r",", "name": "punctuation.separator.sequence.yaml"},
                nested("mapping", r"\{", r"\}"),
                nested("sequence", r"\[", r"\]"),
                string("double", '"', r"\\."),
                string("single", "'", "''"),
                {
                    "match": rf"{before}(?:true|True|TRUE|false|False|FALSE){after}",
                    "name": "constant.language.boolean.yaml",
                },
                {"match": rf"{before}(?:null|Null|NULL|~){after}", "name": "constant.language.null.yaml"},
                {"match": rf"{before}{number}{after}", "name": "constant.numeric.yaml"},
                {"match": rf"{before}[0-9]+(?:ms|s|m|h|d){after}", "name": "constant.numeric.duration.yaml"},
                {
                    "match": r"[^\s,{}\[\]\"'#&*!:-](?:[^\s,{}\[\]:]|:(?!\s|$))*",
                    "name": "string.unquoted.plain.yaml",
                },
            ]
        },
    }


def _cel() -> dict[str, Rule]:
    escape = {"match": r"\\.", "name": "constant.character.escape.cel"}
    strings = [
        {
            "match": rf"(?i:\b[rb]{{1,2}})?{quoted}",
            "name": "string.quoted.cel",
            "captures": {"1": {"patterns": [escape]}},
        }
        for quoted in (
            r"\\\"((?:[^\"\\]|\\[^\"])*)\\\"",
            r"''((?:[^'])*)''",
            r"\"((?:[^\"\\]|\\.)*)\"",
            r"'((?:[^'\\]|\\.)*)'",
        )
    ]
    return {
        "cel": {
            "patterns": [
                {"match": r"//.*$", "name": "comment.line.double-slash.cel"},
                *strings,
                {"match": r"\b(?:true|false|null)\b", "name": "constant.language.cel"},
                {
                    "match": r"(?i)\b(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)u?\b",
                    "name": "constant.numeric.cel",
                },
                {"match": r"\bin\b", "name": "keyword.operator.word.cel"},
                {"match": r"&&|\|\||[=!<>]=|[-+*/%<>!?:]", "name": "keyword.operator.cel"},
                {"match": r"\b[A-Za-z_]\w*(?=\()", "name": "entity.name.function.cel"},
                {
                    "match": r"(?<!\.)\b(?:workflow|execution|input|output|env|loop|event|now)\b",
                    "name": "variable.language.cel",
                },
                {"match": r"(?<!\.)\b[A-Za-z_]\w*\b", "name": "variable.other.cel"},
                {
                    "match": r"(\.)\s*([A-Za-z_]\w*)",
                    "captures": {
                        "1": {"name": "punctuation.accessor.cel"},
                        "2": {"name": "variable.other.property.cel"},
                    },
                },
            ]
        }
    }


if __name__ == "__main__":
    GRAMMAR.write_text(text(), "utf-8")
