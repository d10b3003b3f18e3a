"""The package as a whole: what importing it brings along, and what it depends on."""

from __future__ import annotations

import subprocess
import sys

SLOW = (
    "re2",
    "datetime",
    "zoneinfo",
    "difflib",
    "decimal",
    "dataclasses",
    "json",
    "base64",
    "asyncio",
    "yaml",
)

# msgspec itself brings some of them; only what comes on top counts.
PROGRAM = """
import sys, msgspec
before = set(sys.modules)
import duckflux.cel
from duckflux import cel
cel.compile("a.b == 'x' && [1].all(i, i > 0)")({"a": {"b": "x"}})
cel.check(cel.parse("a.b == 'x'"), {"a": cel.types.DYN})
print(*sorted(set(sys.modules) - before))
"""


def test_import_brings_nothing_slow_and_nothing_of_ours() -> None:
    process = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    loaded = process.stdout.split()
    assert not set(SLOW) & set(loaded)
    assert [
        name for name in loaded if name.startswith("duckflux") and not name.startswith("duckflux.cel")
    ] == ["duckflux"]
    assert "duckflux.cel.library.extensions" not in loaded
