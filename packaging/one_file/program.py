"""What a one-file build starts: the command that the file is named after, or a module of ours that helps it."""

from __future__ import annotations

import os
import runpy
import sys
from multiprocessing import freeze_support
from pathlib import PurePath

from duckflux.own_command import RUN_MODULE

# What PyInstaller's loader sets for itself is not for the commands of workflows.
_LIBRARIES = "LD_LIBRARY_PATH"
_OWN = "_PYI_"


def main() -> None:
    """Restore the environment and run what is asked for."""
    _restore_environment()
    # Python starts its own helpers by this program too.
    freeze_support()
    # PyInstaller forbids it, which is for byte code; what else is kept beside that makes later starts faster.
    sys.dont_write_bytecode = False
    if sys.argv[1:2] == [RUN_MODULE]:
        module = sys.argv[2]
        del sys.argv[1:3]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return
    _run_command(PurePath(sys.argv[0]).stem)


def _restore_environment() -> None:
    before = os.environ.pop(f"{_LIBRARIES}_ORIG", None)
    if before is not None:
        os.environ[_LIBRARIES] = before
    else:
        os.environ.pop(_LIBRARIES, None)
    for name in [name for name in os.environ if name.startswith(_OWN)]:
        del os.environ[name]


def _run_command(name: str) -> None:
    if name == "duckflux-ls":
        from duckflux_ls.__main__ import main as serve

        raise SystemExit(serve())
    from duckflux.__main__ import dap, entry, quack

    {"duckflux-dap": dap, "quack": quack}.get(name, entry)()


if __name__ == "__main__":
    main()
