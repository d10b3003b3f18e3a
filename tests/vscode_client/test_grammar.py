"""The grammar is the one that schema.json makes. How it colours a text is tested with the editors."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "vscode-client" / "scripts" / "grammar.py"

spec = importlib.util.spec_from_file_location("grammar", SCRIPT)
assert spec and spec.loader
grammar = importlib.util.module_from_spec(spec)
spec.loader.exec_module(grammar)


def test_the_grammar_follows_the_schema() -> None:
    assert grammar.GRAMMAR.read_text("utf-8") == grammar.text(), f"run python {SCRIPT.name}"


def test_fields_are_found_by_what_the_schema_says_of_them() -> None:
    expression, command = {"$ref": "#/$defs/cel"}, {"x-kind": "shell"}
    maps = {"type": "object", "additionalProperties": expression}
    step = {"properties": {"when": expression, "run": command, "set": maps, "name": {"type": "string"}}}
    schema = {
        "properties": {"output": {"anyOf": [expression, maps]}},
        "$defs": {"cel": {"x-cel": "value"}, "step": step},
    }
    assert grammar.fields(schema) == (("when",), ("set",), ("output",), ("run",))
