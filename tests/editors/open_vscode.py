"""`make editor`: VS Code in the browser on a copy of the examples, with this clone's extension and server.

Its settings are VS Code's and the extension's own, but for what makes a first look easier.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import webbrowser
from pathlib import Path
from urllib.parse import quote, urlsplit

from vscode_process import Home

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLACE = HERE / "build" / "editor"
FIRST = "hello.duck.yaml"
SETTINGS = {
    "git.openRepositoryInParentFolders": "never",
    "workbench.startupEditor": "none",
}


def main() -> None:
    """Serve until Ctrl-C."""
    shutil.rmtree(PLACE, ignore_errors=True)
    examples = Path(shutil.copytree(ROOT / "examples", PLACE / "examples"))
    script = [sys.executable, str(ROOT / "vscode-client" / "scripts" / "package.py")]
    package = subprocess.run(script, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    server = Path(sysconfig.get_path("scripts"), "duckflux-ls")
    home = Home(
        PLACE / "home", Path(package.stdout.strip()), {**SETTINGS, "duckflux.server.path": str(server)}
    )
    with home.running() as address:
        # A workflow is open, so that the server starts at once.
        first = f"vscode-remote://{urlsplit(address).netloc}{examples / FIRST}"
        payload = quote(json.dumps([["openFile", first]]))
        page = f"{address}/?folder={examples}&payload={payload}"
        print(f"\nVS Code on the examples: {page}\nCtrl-C ends it.", flush=True)
        webbrowser.open(page)
        try:
            home.wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
