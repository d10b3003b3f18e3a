"""Runs commands one after the other, as told on stdin, so that each need not start an interpreter."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback

from duckflux.cli.main import main


def _run(folder: str, arguments: list[str]) -> dict[str, object]:
    os.chdir(folder)
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True) for _ in "oe")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: object = main(arguments)
        except SystemExit as error:
            code = error.code
        except BaseException:
            code = None
            traceback.print_exc()
    stdout, stderr = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    return {"code": code, "stdout": stdout, "stderr": stderr}


answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    command = json.loads(line)
    with open(os.devnull) as sys.stdin:  # noqa: PTH123
        answer = _run(command["folder"], command["arguments"])
    print(json.dumps(answer), file=answers, flush=True)
