"""Measures what it costs a run to have a debugger with one breakpoint that is never reached: CPU time.

.venv/bin/python benchmarks/runtime/debug.py [PAIRS]
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from duckflux.debug.breakpoints import Breakpoint, Request
from duckflux.debug.run_target import RunTarget
from duckflux.language.analysis import load
from duckflux.live.host import LiveRunHost
from duckflux.runtime.engine.debugging import DebugPort
from duckflux.runtime.engine.loading import WorkflowLoader
from duckflux.runtime.engine.run_workflow import run
from duckflux.runtime.secrets import Secrets

WORKFLOWS = {
    "6,000 `set` steps": "flow:\n  - loop:\n      max: 6000\n      steps:\n        - set: {a: loop.index}\n",
    "200 commands": "flow:\n  - loop:\n      max: 200\n      steps:\n        - {type: exec, run: 'true'}\n",
}
NEVER = "  - if:\n      condition: 1 > 2\n      then:\n        - {type: exec, run: 'true'}\n"


class _Client:
    """A client that takes no note of anything."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **options: None


def seconds(path: Path, *, debugged: bool) -> float:
    """The CPU time of a run."""
    secrets, port = Secrets({}), DebugPort()
    if debugged:
        target = RunTarget(port, _Client(), secrets)
        line = len(path.read_text().splitlines()) - 1
        target.set_breakpoints(str(path), [Breakpoint(1, Request(line))])
        target.attach()
    workflow, host = load(path).workflow, LiveRunHost(secrets)
    start = time.process_time()
    asyncio.run(
        run(workflow, str(path), {}, load=WorkflowLoader(), listeners=[host], secrets=secrets, debug=port)
    )
    return time.process_time() - start


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        for name, text in WORKFLOWS.items():
            path = Path(folder) / "w.duck.yaml"
            path.write_text(text + NEVER)
            found = [(seconds(path, debugged=False), seconds(path, debugged=True)) for _ in range(pairs)]
            plain, debugged = (statistics.median(column) for column in zip(*found, strict=True))
            ratio = statistics.median(with_ / without for without, with_ in found)
            print(f"{name:20} {plain * 1000:7.0f} ms {debugged * 1000:7.0f} ms  {ratio:.2f} times")


if __name__ == "__main__":
    main()
