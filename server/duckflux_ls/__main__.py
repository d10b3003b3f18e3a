"""Runs the command `duckflux-ls`, also by `python -m duckflux_ls`."""

from __future__ import annotations

from .app.command_line import main

__all__ = ["main"]

if __name__ == "__main__":
    raise SystemExit(main())
