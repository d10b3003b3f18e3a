"""The explanations of the rules, from `explanations/CODE.md`, each with a wrong and a right example."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from ..registry import REGISTRY, Rule

_FOLDER = Path(__file__).with_name("explanations")
GROUPS = {
    "1": "The text",
    "2": "Structure",
    "3": "Names",
    "4": "Expressions",
    "5": "Flow",
    "6": "Inputs and outputs",
    "7": "Commands, files and addresses",
    "8": "Portability",
    "9": "Suppression comments",
}


def explanation_file(code: str) -> Path:
    """Return the file of a rule's explanation, Markdown without a heading."""
    return _FOLDER / f"{code}.md"


def page(code: str) -> str:
    """Return the explanation of a rule as a page of Markdown. Raises KeyError for an unknown code."""
    rule = REGISTRY[code]
    heading = f"# {rule.slug} ({code})\n\n{rule.title}. Severity: {rule.severity}."
    return f"{heading}\n\n{explanation_file(code).read_text('utf-8')}"


def index() -> str:
    """Return the list of all rules as a page of Markdown with links."""
    lines = [
        "# Rules\n",
        "An **error** is certain to fail, so `duckflux run` refuses the file; a **warning** is probably a\n"
        "mistake; **information** is about style and other runtimes. `duckflux explain RULE` prints a page.\n"
        "Where there is a fix, the editor offers it and `duckflux lint --fix` applies it if it is safe.\n\n"
        "A rule has a name and a code; either may stand in a suppression comment, in the settings and after\n"
        "`duckflux explain`.\n",
        _fix_coverage(),
    ]
    for group, rules in groupby(
        sorted(REGISTRY.values(), key=lambda rule: rule.code), key=lambda rule: rule.code[2]
    ):
        lines.append(
            f"## {GROUPS[group]}\n\n| code | name | severity | reports | fix |\n|---|---|---|---|---|"
        )
        lines.extend(map(_row, rules))
        lines.append("")
    return "\n".join(lines)


def _fix_coverage() -> str:
    """Return a sentence on how many of the rules that can have a fix have one."""
    fixable = sum(not rule.unfixable for rule in REGISTRY.values())
    fixed = sum(bool(rule.fix) for rule in REGISTRY.values())
    return (
        f"Of the {len(REGISTRY)} rules {fixable} report mistakes with one sensible fix; {fixed} of these\n"
        f"({fixed / fixable:.0%}) have one.\n"
    )


def _row(rule: Rule) -> str:
    fix = "yes" if rule.fix else ""
    return f"| [{rule.code}]({rule.code}.md) | {rule.slug} | {rule.severity} | {rule.title} | {fix} |"
