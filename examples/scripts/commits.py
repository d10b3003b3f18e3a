"""The steps of release-notes.duck.yaml: parse FILE | group | render."""

import json
import os
import re
import sys
from pathlib import Path

INPUT = dict(os.environ)  # a map input arrives as environment variables; what is not a string, as JSON

TITLES = {"feat": "New", "fix": "Fixed", "perf": "Faster", "docs": "Documentation"}


def parse(path):
    commits = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        match = re.match(r"(\w+) (\w+)(!?): (.+)", line)
        if match:
            commit, kind, breaking, subject = match.groups()
            commits.append({"commit": commit, "kind": kind, "breaking": bool(breaking), "subject": subject})
    print(json.dumps({"commits": commits}))


def group():
    commits = json.load(sys.stdin)["commits"]
    sections = {}
    for commit in commits:
        title = TITLES.get(commit["kind"])
        if title:
            mark = "**Breaking:** " if commit["breaking"] else ""
            sections.setdefault(title, []).append(f"{mark}{commit['subject']} ({commit['commit']})")
    print(json.dumps({"breaking": sum(c["breaking"] for c in commits), "sections": sections}))


def render():
    sections = json.loads(INPUT["sections"])
    print(f"# {INPUT['version']}")
    for title in TITLES.values():
        if title in sections:
            print(f"\n## {title}\n")
            for entry in sections[title]:
                print(f"- {entry}")


{"parse": parse, "group": group, "render": render}[sys.argv[1]](*sys.argv[2:])
