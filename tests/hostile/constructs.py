"""Texts that repeat one construct of the language any number of times, with `‸` where the cursor is."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent
from typing import TypeAlias

CURSOR = "‸"
Generator: TypeAlias = Callable[[int], str]


def _lines(form: str, n: int) -> str:
    """`form` for each of 0 to n - 1, with the cursor in the last one alone."""
    before = "".join(form.replace(CURSOR, "").replace("%d", str(i)) + "\n" for i in range(n - 1))
    return before + form.replace("%d", str(n - 1)) + "\n"


def _list(form: str, n: int, separator: str = ", ") -> str:
    return _lines(form, n).rstrip("\n").replace("\n", separator)


_GREET = "participants:\n  greet: {type: exec, run: echo hi}\n"
_CONSTRUCTS = "inputs:\n  flag: {type: boolean}\n" + _GREET


def _flow(form: str, head: str = _GREET) -> Generator:
    return lambda n: f"{head}flow:\n{_lines(form, n)}"


def _expression(form: str, separator: str, before: str = "", after: str = "", quote: str = "") -> Generator:
    """A condition with `n` parts."""
    return lambda n: (
        f"{_CONSTRUCTS}flow:\n  - greet\n  - set:\n      key: {quote}{before}{_list(form, n, separator)}{after}{quote}\n"
    )


def _nested(form: str, indentation: int = 6) -> Generator:
    """A step in up to 80 others, each `indentation` deeper than the one around it."""

    def text(n: int) -> str:
        lines = f"{_CONSTRUCTS}flow:\n"
        depths = min(n, 80)
        for depth in range(depths):
            lines += indent(form.replace("%d", str(depth)), " " * (indentation * depth + 2)) + "\n"
        return f"{lines}{' ' * (indentation * depths + 2)}- gre{CURSOR}et\n"

    return text


def _sections(n: int) -> str:
    """Everything at once, as in workflows of people."""
    return (
        "inputs:\n"
        + _lines("  in%d: {type: integer, default: 1}", n)
        + "participants:\n"
        + _lines(
            "  p%d:\n    type: exec\n    run: echo $in%d\n    input:\n      in%d: workflow.inputs.in%d", n
        )
        + "flow:\n"
        + _lines(
            "  - p%d\n  - set:\n      k%d: p‸%d.output\n  - if:\n      condition: p%d.output == '1'\n      then:\n        - p%d:\n            when: execution.context.k%d != null",
            n,
        )
        + "output:\n"
        + _lines("  o%d: p%d.output", n)
    )


CONSTRUCTS: dict[str, Generator] = {
    "workflow of everything": _sections,
    "steps by name": _flow("  - gre‸et"),
    "steps by different names": lambda n: (
        "participants:\n" + _lines("  p%d: {type: exec, run: echo}", n) + "flow:\n" + _lines("  - ‸p%d", n)
    ),
    "steps on one line": lambda n: f"{_GREET}flow: [{_list('gre‸et', n)}]\n",
    "steps with overrides": _flow("  - greet:\n      when: greet.‸output == 'x'\n      timeout: 5s"),
    "inline participants": _flow("  - type: exec\n    as: s%d\n    run: echo ‸%d"),
    "anonymous steps": _flow("  - type: exec\n    run: ec‸ho %d", ""),
    "steps that read the step before": _flow(
        "  - type: exec\n    as: s%d\n    run: cat\n    input: {a: s%d.out‸put, b: greet.output}"
    ),
    "steps that may fail": _flow("  - type: exec\n    as: s%d\n    run: echo\n    onError: gre‸et"),
    "steps that skip": _flow(
        "  - type: exec\n    as: s%d\n    run: echo\n    when: greet.out‸put == '1'\n    onError: skip"
    ),
    "steps with the same name": _flow("  - type: exec\n    as: s\n    run: ec‸ho"),
    "participants": lambda n: (
        "participants:\n" + _lines("  p%d:\n    type: exec\n    run: ec‸ho", n) + "flow:\n  - p0\n"
    ),
    "participants on one line": lambda n: (
        "participants: {" + _list("p%d: {type: exec, run: ec‸ho}", n) + "}\nflow: [p0]\n"
    ),
    "participants without a type": lambda n: (
        "participants:\n" + _lines("  p‸%d: {run: x}", n) + "flow: [p0]\n"
    ),
    "http participants": lambda n: (
        "participants:\n"
        + _lines(
            "  p%d:\n    type: http\n    url: https://x.y/%d\n    headers: {A: 'b‸'}\n    body: {x: 1}", n
        )
        + "flow:\n"
        + _lines("  - p%d", n)
    ),
    "emit and wait": _flow(
        "  - {type: emit, event: e%d, payload: {x: '1'}}\n  - wait: {event: e%d, match: event.x‸ == 1}", ""
    ),
    "sub-workflows": _flow("  - type: workflow\n    path: ./no‸ne%d.duck.yaml", ""),
    "fallbacks in a row": lambda n: (
        "participants:\n"
        + "".join(f"  p{i}: {{type: exec, run: echo, onError: p{i + 1}}}\n" for i in range(n))
        + f"  p{n}: {{type: exec, run: echo}}\nflow:\n  - p‸0\n"
    ),
    "headers": lambda n: (
        "participants:\n  a:\n    type: http\n    url: https://x.y\n    headers:\n"
        + _lines("      X-%d: v‸", n)
        + "flow: [a]\n"
    ),
    "input mapping of many keys": lambda n: (
        "participants:\n  a:\n    type: exec\n    run: echo\n    input:\n"
        + _lines("      k%d: '‸1'", n)
        + "flow: [a]\n"
    ),
    "inputs": lambda n: "inputs:\n" + _lines("  in‸%d: {type: string}", n) + _GREET + "flow: [greet]\n",
    "inputs without a schema": lambda n: "inputs:\n" + _lines("  in‸%d:", n) + _GREET + "flow: [greet]\n",
    "inputs that are used": lambda n: (
        "inputs:\n" + _lines("  in%d:", n) + _flow("  - set: {k%d: workflow.inputs.i‸n%d}")(n)
    ),
    "unknown inputs": _flow("  - set: {k%d: workflow.inputs.i‸n%d}"),
    "outputs": lambda n: f"{_GREET}flow: [greet]\noutput:\n" + _lines("  o%d: greet.ou‸tput", n),
    "output schema": lambda n: (
        f"{_GREET}flow: [greet]\noutput:\n  schema:\n"
        + _lines("    o%d: {type: string}", n)
        + "  map:\n"
        + _lines("    o%d: greet.ou‸tput", n)
    ),
    "output schema of a participant": lambda n: (
        "participants:\n  a:\n    type: exec\n    run: echo\n    output:\n"
        + _lines("      f%d: {type: string}", n)
        + "flow:\n  - a\n  - set:\n      k: a.output.f‸0\n"
    ),
    "enum of many values": lambda n: (
        "inputs:\n  a:\n    type: string\n    enum:\n"
        + _lines("      - v‸%d", n)
        + _GREET
        + "flow: [greet]\n"
    ),
    "pairs of one set": lambda n: (
        f"{_GREET}flow:\n  - greet\n  - set:\n" + _lines("      k%d: gr‸eet.output", n)
    ),
    "pairs of one set that read the one before": lambda n: (
        f"{_GREET}flow:\n  - set:\n      k0: '1'\n"
        + "".join(f"      k{i}: execution.context.k{i - 1}\n" for i in range(1, n))
        + f"  - set: {{last: execution.context.k‸{n - 1}}}\n"
    ),
    "sets of one key": _flow("  - set: {k: exe‸cution.context.k}"),
    "sets of different keys": _flow("  - set: {k%d: gr‸eet.output}"),
    "context keys that are never set": _flow("  - set: {k: execution.context.mis‸sing%d}"),
    "ifs": _flow("  - if:\n      condition: gree‸t.output == 'x'\n      then: [greet]\n      else: [greet]"),
    "sets in both branches": _flow(
        "  - if:\n      condition: greet.output == 'x'\n      then:\n        - set: {k%d: '1'}\n      else:\n        - set: {k%d: '2'}\n  - set: {r: execution.context.‸k%d}"
    ),
    "loops": _flow("  - loop:\n      max: 2\n      steps:\n        - set: {k: lo‸op.index}"),
    "steps of one loop": lambda n: (
        f"{_GREET}flow:\n  - loop:\n      until: greet.output == 'x'\n      max: 3\n      steps:\n"
        + _lines("        - set: {k%d: gre‸et.output}", n)
    ),
    "parallels": _flow("  - parallel:\n      - greet\n      - set: {k%d: '‸1'}"),
    "branches of one parallel": lambda n: (
        f"{_GREET}flow:\n  - parallel:\n"
        + _lines("      - type: exec\n        as: b%d\n        run: ec‸ho", n)
    ),
    "branches that set one key": lambda n: (
        f"{_GREET}flow:\n  - parallel:\n" + _lines("      - set: {k: '‸1'}", n)
    ),
    "branches that set keys": lambda n: (
        f"{_GREET}flow:\n  - parallel:\n" + _lines("      - set: {k%d: '‸1'}", n)
    ),
    "waits": _flow("  - wait: {timeout: ‸1s}"),
    "nested loops": _nested("- loop:\n    as: l%d\n    max: 2\n    steps:"),
    "nested ifs": _nested("- if:\n    condition: workflow.inputs.flag\n    then:"),
    "nested parallels": _nested("- parallel:", indentation=4),
    "nested lists": lambda n: f"{_GREET}flow: {'[' * min(n, 190)}‸{']' * min(n, 190)}\n",
    "nested maps": lambda n: f"{_GREET}flow: {'{a: ' * min(n, 190)}‸1{'}' * min(n, 190)}\n",
    "misspelt names": _flow("  - gre‸at%d"),
    "misspelt fields": _flow("  - greet:\n      tim‸eot%d: 5s"),
    "misspelt names in expressions": _flow("  - set: {k: gree‸tt%d.output}"),
    "misspelt names among many": lambda n: (
        "participants:\n"
        + _lines("  participant%d: {type: exec, run: echo}", n)
        + "flow:\n"
        + _lines("  - particpiant%d‸", n)
    ),
    "misspelt names of one set": lambda n: (
        f"{_GREET}flow:\n  - set:\n" + _lines("      k%d: gree‸tt%d.output", n)
    ),
    "misspelt inputs among many": lambda n: (
        "inputs:\n" + _lines("  input%d:", n) + _flow("  - set: {k%d: workflow.inputs.inptu‸%d}")(n)
    ),
    "misspelt fallbacks": _flow("  - greet:\n      onError: gre‸at%d"),
    "wrong types": _flow("  - greet:\n      timeout: [‸]"),
    "wrong top-level fields": lambda n: _GREET + _lines("field‸%d: 1", n) + "flow: [greet]\n",
    "wrong fields of one participant": lambda n: (
        "participants:\n  a:\n    type: exec\n    run: echo\n" + _lines("    fie‸ld%d: 1", n) + "flow: [a]\n"
    ),
    "duplicate keys": lambda n: (
        "participants:\n" + _lines("  a: {type: exec, run: ec‸ho}", n) + "flow: [a]\n"
    ),
    "duplicate keys of one step": lambda n: f"{_GREET}flow:\n  - greet:\n" + _lines("      when: 'tr‸ue'", n),
    "duplicate keys at the top": lambda n: _GREET + "flow: [greet]\n" + _lines("name: ‸a", n),
    "comments": lambda n: _GREET + "flow:\n" + _lines("  # comm‸ent", n) + "  - greet\n",
    "comments at ends of lines": _flow("  - greet # comm‸ent"),
    "blank lines": lambda n: _GREET + "flow:\n  - gre‸et\n" + "\n" * n + "  - greet\n",
    "suppressions": _flow("  - greet # duckflux-ignore DF301: rea‸son"),
    "suppressions that are used": _flow("  - great # duckflux-ignore DF301: rea‸son"),
    "suppressions on lines of their own": _flow("  # duckflux-ignore DF301: rea‸son\n  - great"),
    "suppressions on one line": lambda n: (
        f"{_GREET}flow:\n  - greet " + _list("# duckflux-ignore DF301‸", n, " ") + "\n"
    ),
    "codes of one suppression": lambda n: (
        f"{_GREET}flow:\n  - great # duckflux-ignore " + _list("DF301‸", n, ", ") + ": reason\n"
    ),
    "suppressions of the file": lambda n: (
        _lines("# duckflux-ignore DF301: reason‸", n) + _GREET + "flow:\n  - great\n"
    ),
    "unknown suppressions": _flow("  - greet # duckflux-ignore DF99%d: ‸x"),
    "anchors and aliases": _flow("  - greet: &a%d {when: 'tr‸ue'}\n  - greet: *a%d"),
    "aliases of one anchor": lambda n: (
        "participants:\n  a: &a {type: exec, run: echo}\n" + _lines("  b%d: *‸a", n) + "flow: [a]\n"
    ),
    "merges": lambda n: (
        "participants:\n  a: &a {type: exec, run: echo}\n"
        + _lines("  b%d:\n    <<: *a\n    timeout: ‸1s", n)
        + "flow: [a]\n"
    ),
    "merges of many": lambda n: (
        "participants:\n  a: &a {type: exec, run: echo}\n  b:\n    <<: ["
        + _list("*a‸", n)
        + "]\nflow: [a, b]\n"
    ),
    "long plain text": lambda n: f"{_GREET}flow:\n  - type: exec\n    run: {'word ' * n}en‸d\n",
    "long quoted text": lambda n: f'{_GREET}flow:\n  - type: exec\n    run: "{"word " * n}en‸d"\n',
    "long text with escapes": lambda n: (
        f'{_GREET}flow:\n  - type: exec\n    run: "{chr(92) + "u0041"}{(chr(92) + "t") * n}en‸d"\n'
    ),
    "quoted text of many lines": lambda n: (
        f'{_GREET}flow:\n  - type: exec\n    run: "\n' + _lines("      echo %d", n) + '      en‸d"\n'
    ),
    "command of many lines": lambda n: (
        f"{_GREET}flow:\n  - type: exec\n    run: |\n" + _lines("      echo $in%d ‸$PATH", n)
    ),
    "folded command of many lines": lambda n: (
        f"{_GREET}flow:\n  - type: exec\n    run: >\n" + _lines("      echo %d‸", n)
    ),
    "long name": lambda n: f"{_GREET}flow:\n  - gr‸eet\n  - a{'b' * n}\n",
    "long comment": lambda n: f"{_GREET}flow:\n  - greet # {'x ' * n}‸\n",
    "wide characters": _flow("  - greet: {when: \"'😀' == '‸é'\"}"),
    "wide characters on one line": lambda n: f"{_GREET}flow:\n  - greet: {{when: \"'{'😀' * n}' == '‸'\"}}\n",
    "long expression": _expression("gree‸t.output == '%d'", " || "),
    "long quoted expression": _expression("gree‸t.output == '%d'", " || ", quote='"'),
    "long expression with escapes": _expression("gree‸t.output == '\\\\t%d'", " || ", quote='"'),
    "long single-quoted expression": _expression("gree‸t.output == ''%d''", " || ", quote="'"),
    "expression of many lines": lambda n: (
        f"{_GREET}flow:\n  - set:\n      key: >-\n"
        + _lines("        gree‸t.output == '%d' ||", n)
        + "        true\n"
    ),
    "misspelt names of one expression": _expression("gree‸tt%d.output == '%d'", " || ", quote='"'),
    "nested ternaries": _expression("greet.out‸put == '%d' ? %d : ", "", after="0", quote='"'),
    "nested parentheses": lambda n: (
        f"{_GREET}flow:\n  - set:\n      k: {'(' * min(n, 60)}gr‸eet.output{')' * min(n, 60)}\n"
    ),
    "list in an expression": _expression("‸%d", ", ", "[", "]", quote='"'),
    "map in an expression": _expression("'k%d': ‸%d", ", ", "{", "}", quote='"'),
    "calls in an expression": _expression("size(gr‸eet.output)", " + ", quote='"'),
    "macros in an expression": _expression("[1].exists(x, x‸ == %d)", " || ", quote='"'),
    "nested macros": lambda n: (
        f'{_GREET}flow:\n  - set:\n      k: "{"".join(f"[1].all(x{i}, " for i in range(min(n, 24)))}x0‸ == 1{")" * min(n, 24)}"\n'
    ),
    "chain of members": lambda n: (
        f"{_GREET}flow:\n  - greet\n  - set: {{k: greet.output{'.a' * min(n, 80)}‸}}\n"
    ),
    "chain of method calls": lambda n: (
        f'{_GREET}flow:\n  - greet\n  - set: {{k: "greet.output{".trim()" * min(n, 80)}‸"}}\n'
    ),
    "comparisons that cannot hold": _expression("workflow.inputs.fla‸g == '%d'", " || ", quote='"'),
    "syntax errors in expressions": _flow("  - set: {k%d: greet. ‸+}"),
    "syntax errors of one expression": _expression("gr‸eet +* %d", " || ", quote='"'),
    "unclosed quotes": _flow('  - greet: {when: "tr‸ue}'),
    "unclosed brackets": _flow("  - greet: {when: [tr‸ue"),
    "missing colons": _flow("  - greet:\n      when‸ true\n      timeout: 5s"),
    "wrong indentation": _flow("   - greet\n  - gr‸eet:\n     when: x\n    timeout: 5s"),
    "tabs": _flow("\t- gr‸eet"),
    "carriage returns": lambda n: _flow("  - gre‸et")(n).replace("\n", "\r"),
    "documents": lambda n: _flow("  - gre‸et")(1) + "---\n" * n,
    "directives": lambda n: "%FOO bar\n" * n + "---\n" + _flow("  - gre‸et")(1),
}


def _tests(form: str) -> Generator:
    return lambda n: "workflow: ./main.duck.yaml\ntests:\n" + _lines(form, n)


TEST_CONSTRUCTS: dict[str, Generator] = {
    "test cases": _tests(
        "  - name: t%d\n    inputs: {flag: true}\n    mocks: {greet: h‸i}\n    expect: {output: hi}"
    ),
    "test cases with the same name": _tests("  - name: t\n    expect: {out‸put: hi}"),
    "test cases with unknown steps": _tests("  - name: t%d\n    mocks: {gre‸at%d: hi}"),
    "mocks of one test": lambda n: (
        "workflow: ./main.duck.yaml\ntests:\n  - name: t\n    mocks:\n" + _lines("      gre‸at%d: hi", n)
    ),
    "expected steps of one test": lambda n: (
        "workflow: ./main.duck.yaml\ntests:\n  - name: t\n    expect:\n      steps:\n"
        + _lines("        gre‸at%d: {status: success}", n)
    ),
    "outputs of one mock": lambda n: (
        "workflow: ./main.duck.yaml\ntests:\n  - name: t\n    mocks:\n      greet:\n        $each:\n"
        + _lines("          - {x: ‸%d}", n)
    ),
}
