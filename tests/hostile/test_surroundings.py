"""What a program inherits is not trusted: a run goes as it would, or says in one line why it can't."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.promise("inherited state is not trusted")

HELLO = "flow:\n  - as: greet\n    type: exec\n    run: echo héllo; exit $CODE\n"
SURROUNDINGS = {
    "plain": "{run}",
    "children are reaped": "trap '' CHLD; {run}",
    "signals are ignored": "trap '' INT TERM HUP PIPE QUIT USR1 ALRM; {run}",
    "closed stdin": "{run} <&-",
    "closed stderr": "{run} 2>&-",
    "closed streams": "{run} <&- 2>&-",
    "stdin is write-only": "{run} 0> out",
    "no right to create": "umask 0777; {run}",
    "no mask": "umask 0; {run}",
    "few files": "ulimit -n 20; {run}",
    "small stack": "ulimit -s 512; {run}",
    "no core": "ulimit -c 0; {run}",
    "C locale": "LC_ALL=C {run}",
    "unknown locale": "LC_ALL=xx_YY.latin9 LANG=q {run}",
    "no environment": "env -i CODE=$CODE {run}",
    "empty parts of PATH": "PATH=:.:$PATH: {run}",
    "no PATH": "PATH= {run}",
    "no home": "HOME=/nonexistent TMPDIR=/nonexistent {run}",
    "warnings are errors": "PYTHONWARNINGS=error {run}",
    "optimized": "PYTHONOPTIMIZE=2 {run}",
    "bytes are checked": "PYTHONDEVMODE=1 PYTHONWARNINGS=error {run}",
    "other encoding": "PYTHONIOENCODING=latin-1 {run}",
    "very nice": "nice -n 19 {run}",
    "own session": "setsid -w {run}",
    "time is frozen": "TZ=Nowhere/Land {run}",
}


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_a_run(name: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "hello.duck.yaml").write_text(HELLO)
    # An attack: the shell, echo and Python of the current folder.
    for program in ("sh", "bash", "echo", "python3"):
        (tmp_path / program).write_text("#!/bin/sh\ntouch taken\n")
        (tmp_path / program).chmod(0o755)
    command = f"{sys.executable} -m duckflux run hello.duck.yaml --trace-dir traces"
    done = subprocess.run(
        ["/bin/sh", "-c", SURROUNDINGS[name].format(run=command)],
        cwd=tmp_path,
        env=os.environ | {"CODE": str(code)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "taken").exists()
    if done.returncode == 1 and b"hello.duck.yaml: error: " in done.stderr:
        return
    assert done.returncode == (2 if code else 0)
    assert b"warning" not in done.stderr
    if not code:
        assert done.stdout.rstrip() in ("héllo".encode(), b"h\xe9llo", b"h\\xe9llo")
