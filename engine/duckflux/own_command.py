"""Says how this program starts another process of its own.

That is Python with a module of this package. A one-file build has no such command: there it is the program
itself, with a first argument that packaging/one_file/program.py knows.
"""

from __future__ import annotations

import sys
from types import ModuleType

# The first argument of a one-file build that runs the module named next, instead of a command of the user's.
RUN_MODULE = "--run-module"
IS_ONE_FILE = getattr(sys, "frozen", False)


def module_command(name: str) -> tuple[str, ...]:
    """Return the command that runs a module of this package as a program; arguments may follow."""
    if IS_ONE_FILE:
        return sys.executable, RUN_MODULE, name
    # `-P`: the Python files of the folder in which it is started are not ours to import.
    return sys.executable, "-P", "-m", name


def bare_module_command(module: ModuleType) -> tuple[str, ...]:
    """Return the command for a module that imports only the standard library.

    It starts sooner, and does not depend on what the environment says about Python.
    """
    if IS_ONE_FILE:
        return module_command(module.__name__)
    assert module.__file__ is not None  # noqa: S101
    return sys.executable, "-I", "-S", module.__file__
