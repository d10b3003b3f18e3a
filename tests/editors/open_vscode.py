"""`make editor`: VS Code in the browser on a copy of the examples, with this clone's extension and server."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import webbrowser
from pathlib import Path

from vscode_process import Home

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PLACE = HERE / "build" / "editor"
SETTINGS = {
    "window.menuBarVisibility": "compact",
    "workbench.activityBar.location": "default",
    "git.openRepositoryInParentFolders": "never",
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
        page = f"{address}/?folder={examples}"
        print(f"\nVS Code on the examples: {page}\nCtrl-C ends it.", flush=True)
        webbrowser.open(page)
        try:
            home.wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
