"""A stand-in for two agents, used by review-loop.duck.yaml: write | review."""

import json
import os
import sys

INPUT = dict(os.environ)  # a map input arrives as environment variables; what is not a string, as JSON

WISHES = {
    "Say who it is for.": "It is for people who run workflows.",
    "Give an example.": "For example: duckflux run hello.duck.yaml --trace-dir traces",
}


def write():
    draft = INPUT["draft"] or f"This is about {INPUT['topic']}."
    for comment in json.loads(INPUT["comments"]):
        draft += " " + WISHES[comment]
    print(json.dumps({"draft": draft}))


def review():
    draft = INPUT["draft"]
    missing = [wish for wish, answer in WISHES.items() if answer not in draft]
    # One comment at a time, as reviewers do.
    print(json.dumps({"approved": not missing, "comments": missing[:1]}))


{"write": write, "review": review}[sys.argv[1]]()
