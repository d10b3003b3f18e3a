"""Keeps the regular expressions of modules compiled: a short run would spend a tenth of its time on that.

Python compiles them whenever a module is imported, those of its own library and of PyYAML too. The code that
results is kept for later starts; a pattern that is compiled outside of an import never is.
"""

from __future__ import annotations

import sys
from types import FunctionType, SimpleNamespace

from .start_cache import cache_file, read_cache, write_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    _Key = tuple[str | bytes, int]

_MOST = 1_000
_IMPORTING = "<frozen importlib._bootstrap>"


class KeptPatterns:
    """Makes `re` use the patterns that earlier starts of a program have kept, while the process lasts."""

    def __init__(self, program: str) -> None:
        self._path = cache_file(sys.modules[__name__], program)
        self._kept: dict[_Key, tuple[Any, ...]] = read_cache(self._path)
        self._new: dict[_Key, tuple[Any, ...]] = {}

    def use(self) -> None:
        """Begin to use them; does nothing on a Python whose `re` is made in another way."""
        try:
            from re import _compiler as compiler  # type: ignore[attr-defined]

            sre, compile_pattern, variables = compiler._sre, compiler.compile, vars(compiler)
            body = compile_pattern.__code__
        except (ImportError, AttributeError):
            return
        kept, new = self._kept, self._new

        def compiled(pattern: Any, flags: int = 0) -> Any:
            key = pattern, int(flags)
            known = kept.get(key)
            if known is not None:
                return sre.compile(pattern, *known)
            if not _is_importing():
                return compile_pattern(pattern, flags)

            def keep(text: Any, flags: int, code: list[int], groups: int, *names: Any) -> Any:
                # Some of the numbers are of classes that marshal does not know.
                new[key] = int(flags), [*map(int, code)], groups, *names
                return sre.compile(text, flags, code, groups, *names)

            # The compiler of `re` itself, but for the last step, where all that it has found out is handed over.
            own = {**variables, "_sre": SimpleNamespace(**{**vars(sre), "compile": keep})}
            return FunctionType(body, own, "compile", compile_pattern.__defaults__)(pattern, flags)

        compiler.compile = compiled

    def keep(self) -> None:
        """Write down what was compiled by imports and is not kept yet."""
        if self._new:
            kept = self._kept if len(self._kept) + len(self._new) <= _MOST else {}
            write_cache(self._path, {**kept, **self._new})


def _is_importing() -> bool:
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_filename == _IMPORTING:
            return True
    return False
