"""Reads the lines that are typed at a prompt, or come from a pipe, beside an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sys
import threading
from collections.abc import Callable, Iterable

_PROMPT = "(debug) "
# Where a word begins that is completed: a path of names is one.
_DELIMITERS = " \t\n()[]{},:+-*/%<>=!&|?'\""


class CommandLines:
    """The lines of the standard input, each read when it is asked for.

    In a terminal they can be edited, and Tab completes: `complete` returns what may stand instead of the word
    that begins at an offset of the line so far.
    """

    def __init__(self, complete: Callable[[str, int], Iterable[str]]) -> None:
        self._complete = complete
        self._wanted: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._thread: threading.Thread | None = None

    @property
    def is_terminal(self) -> bool:
        """Return whether somebody types them."""
        return sys.stdin.isatty()

    def open(self) -> None:
        """Begin to read, once."""
        if self._thread is None:
            if self.is_terminal:
                self._prepare_terminal()
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._read, args=(loop,), daemon=True)
            self._thread.start()

    async def next(self) -> str | None:
        """Return the next line, None at the end of the input."""
        self._wanted.put(None)
        return await self._lines.get()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):
            while True:
                self._wanted.get()
                loop.call_soon_threadsafe(self._lines.put_nowait, self._line())

    def _line(self) -> str | None:
        try:
            return input(_PROMPT if self.is_terminal else "")
        except EOFError:
            return None

    def _prepare_terminal(self) -> None:
        """Let lines be edited and completed, and the terminal be as it was when the program ends."""
        import atexit
        import termios

        before = termios.tcgetattr(sys.stdin)
        atexit.register(termios.tcsetattr, sys.stdin, termios.TCSANOW, before)
        with contextlib.suppress(ImportError):
            import readline

            readline.set_completer(self._completion)
            readline.set_completer_delims(_DELIMITERS)
            is_libedit = "libedit" in (readline.__doc__ or "")
            readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")

    def _completion(self, word: str, number: int) -> str | None:
        """Return one of the completions, None behind the last one: what readline calls."""
        import readline

        line, start = readline.get_line_buffer()[: readline.get_endidx()], readline.get_begidx()
        try:
            return [*self._complete(line, start)][number]
        except Exception:
            # Nothing is offered for what can't be completed; readline would print a traceback.
            return None
