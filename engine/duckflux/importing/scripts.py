"""Makes commands of duckflux out of the scripts of CI systems, whose log is not a value for the next step."""

from __future__ import annotations

import re

_BASH = re.compile(
    r"\[\[|\]\]|<<<|\bpipefail\b|\bsource\b|\bdeclare\b|\blocal\b|\bmapfile\b|\breadarray\b|\bshopt\b|\bfunction\s+\w"
    r"|\$'|\w=\(|\w\+=|\$\{\w+(?:\[|//?|\^|,|:\d|@)|\$\{!|<\(|>\(|&>|\|&|\{\d+\.\.\d+\}|\(\(|\becho -[en]|==\s"
)
_SIMPLE = re.compile(r"[^|&;<>()`#\n]*")
# `name=value` lines as a JSON object, with nothing that has to be installed.
_OUTPUTS = r"""outputs() { sed 's/["\]/\\&/g; s/\([^=]*\)=\(.*\)/"\1": "\2"/' "$%s" |
    paste -sd, - | sed 's/.*/{&}/' >&4; }"""


def command_for(script: str, shell: str = "", *, output_file: str = "", unused: tuple[str, ...] = ()) -> str:
    """Return the command that runs a script and sends what it prints to stderr, so that it has no output.

    `shell` is the one that the script asks for, empty for that of the system. With `output_file`, the name of a
    variable, the `name=value` lines that the script writes to that file are the output, as a map. `unused` are
    variables for such files that nothing reads.
    """
    script = script.rstrip("\n")
    needs_bash = shell.startswith("bash") or (not shell and _BASH.search(script) is not None)
    settings = [f"export {name}=/dev/null" for name in unused]
    if output_file:
        settings += [
            f"{output_file}=$(mktemp)",
            f"export {output_file}",
            _OUTPUTS % output_file,
            f"""trap 'outputs; rm "${output_file}"' EXIT""",
        ]
    # What prints the outputs writes to the stdout that was there before.
    quiet = "exec 4>&1 >&2" if output_file else "exec >&2"
    if shell.startswith(("python", "node")) or needs_bash:
        program = "bash -eo pipefail" if shell == "bash" else "bash -e" if needs_bash else _program(shell)
        end = _delimiter(script)
        return "\n".join([quiet, *settings, f"{program} /dev/fd/3 3<<'{end}'", script, end]) + "\n"
    if not settings and _SIMPLE.fullmatch(script):
        return f"{script} >&2"
    return "\n".join(["set -e", quiet, *settings, script]) + "\n"


def after_failure(command: str, condition_variable: str = "") -> str:
    """Return a command that runs where another has failed, and fails at its end as what it runs in place of has.

    With a condition, it does nothing unless that variable is `true`.
    """
    lines = command.rstrip("\n").split("\n")
    if lines[0] == "set -e":
        del lines[0]
    condition = [f'[ "${condition_variable}" = true ] || exit 1'] if condition_variable else []
    return "\n".join(["set -e", *condition, *lines, "exit 1  # what it ran in place of has failed"]) + "\n"


def is_known_shell(shell: str) -> bool:
    """Return whether scripts of a shell are translated."""
    return shell in ("", "sh", "python", "python3", "node") or shell.startswith("bash")


def _program(shell: str) -> str:
    return "python3" if shell == "python" else shell


def _delimiter(script: str) -> str:
    lines = set(script.splitlines())
    return next(
        name for name in ("SCRIPT", *(f"SCRIPT_{number}" for number in range(100))) if name not in lines
    )
