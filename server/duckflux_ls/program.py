"""How this server starts `duckflux` in a process of its own."""

from __future__ import annotations

import sys

# `-P`: the Python files of the folder in which it is started are not ours to import.
PROGRAM = (sys.executable, "-P", "-m", "duckflux")
