"""An editor in a terminal, driven by keys and looked at as a person does: tmux is the terminal."""

import subprocess
import time
import uuid
from collections.abc import Callable
from pathlib import Path

DEADLINE = 60.0
_LOOK_EVERY = 0.05


class Terminal:
    """One program in a terminal of 150 columns and 40 lines."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self._socket = f"duckflux-{uuid.uuid4().hex[:8]}"
        # tmux itself would not let PATH through.
        given = ["env", *(f"{name}={value}" for name, value in environment.items())]
        self._tmux("new-session", "-d", "-x", "150", "-y", "40", "-c", str(folder), *given, *command)

    def _tmux(self, *arguments: str) -> str:
        tmux = ["tmux", "-L", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(tmux, capture_output=True, text=True, check=True).stdout

    def press(self, *keys: str) -> None:
        """Keys by tmux' names: `Escape`, `Enter`, `C-x`; anything else is typed."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def line(self, part: str) -> str:
        """The first line on the screen that has a text; empty if none has."""
        return next((line for line in self.screen().splitlines() if part in line), "")

    def wait_for(self, what: str, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what}:\n{self.screen()}"
            time.sleep(_LOOK_EVERY)

    def wait_for_text(self, text: str) -> None:
        self.wait_for(f"`{text}`", lambda: text in self.screen())

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)
