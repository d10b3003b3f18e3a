"""What each diagnostic means, in words: a text a code in `explanations/`, with a wrong and a right example."""

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
    "9": "Comments",
}


def file(code: str) -> Path:
    """The file of a code's explanation, Markdown without a heading."""
    return _FOLDER / f"{code}.md"


def page(code: str) -> str:
    """The explanation of a code as a page of Markdown. Raises KeyError for an unknown code."""
    rule = REGISTRY[code]
    return f"# {code}: {rule.title}\n\nSeverity: {rule.severity}.\n\n{file(code).read_text('utf-8')}"


def index() -> str:
    """The list of all codes, as a page of Markdown with links."""
    lines = [
        "# Diagnostics\n",
        "An **error** is certain to fail, so `duckflux run` refuses the file; a **warning** is probably a\n"
        "mistake; **information** is about style and other runtimes. `duckflux explain CODE` prints a page.\n"
        "Where there is a fix, the editor offers it and `duckflux lint --fix` may do it.\n",
        _share(),
    ]
    from ...ide.fixes import FIXES

    for group, rules in groupby(sorted(REGISTRY.values()), key=lambda rule: rule.code[2]):
        lines.append(f"## {GROUPS[group]}\n\n| code | severity | what it says | fix |\n|---|---|---|---|")
        lines.extend(_row(rule, "yes" if rule.code in FIXES else "") for rule in rules)
        lines.append("")
    return "\n".join(lines)


def _share() -> str:
    """How many of the mistakes that can be mended in one sensible way are mended."""
    from ...ide.fixes import FIXES
    from ...ide.fixes.unfixable import NO_ONE_MENDING

    mendable = len(REGISTRY) - len(NO_ONE_MENDING)
    return (
        f"Of the {len(REGISTRY)} rules {mendable} are about mistakes with one sensible mending; {len(FIXES)} of\n"
        f"these ({len(FIXES) / mendable:.0%}) have a fix.\n"
    )


def _row(rule: Rule, fix: str) -> str:
    return f"| [{rule.code}]({rule.code}.md) | {rule.severity} | {rule.title} | {fix} |"
