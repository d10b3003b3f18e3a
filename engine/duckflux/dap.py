"""Runs the command `duckflux-dap` by `python -m duckflux.dap`, for editors that know only the interpreter."""

from __future__ import annotations

from .__main__ import dap

if __name__ == "__main__":
    dap()
