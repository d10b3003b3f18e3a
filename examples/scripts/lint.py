"""A small linter for ci.duck.yaml: lint.py FOLDER. Exit code 1 when it finds something."""

import ast
import json
import sys
from pathlib import Path


def unused_imports(tree):
    imported = {
        (alias.asname or alias.name).split(".")[0]: node.lineno
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for name, line in imported.items():
        if name not in used:
            yield line, f"`{name}` is imported but not used"


def check(text):
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > 100:
            yield number, "longer than 100 characters"
        if line != line.rstrip():
            yield number, "space at the end of the line"
    yield from unused_imports(ast.parse(text))


files = sorted(Path(sys.argv[1]).rglob("*.py"))
found = [f"{file}:{line}: {what}" for file in files for line, what in check(file.read_text(encoding="utf-8"))]
for message in found:
    sys.stderr.write(message + "\n")
print(json.dumps({"check": "lint", "files": len(files), "linter": "scripts/lint.py"}))
sys.exit(1 if found else 0)
