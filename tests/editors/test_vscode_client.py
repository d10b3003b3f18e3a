"""The extension's own checks: strict types, lint, and how its grammar colours a text."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CLIENT = Path(__file__).parent.parent.parent / "vscode-client"

pytestmark = pytest.mark.editor


@pytest.mark.parametrize("script", ["lint", "test:grammar", "test"])
def test_the_extension_is_clean(script: str) -> None:
    if not shutil.which("npm") or not (CLIENT / "node_modules").exists():
        pytest.skip(
            "VS CODE TESTS NOT RUN: no npm, or no packages of the extension; run tests/editors/install.sh"
        )
    done = subprocess.run(
        ["npm", "run", "--silent", script],
        cwd=CLIENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
