"""Shapes as text: `rectangle 2 3`."""

from . import area

SHAPES = {"rectangle": 2, "circle": 1, "triangle": 3}


def parse(text):
    """The area of the shape that the text describes."""
    name, *sizes = text.split()
    if name not in SHAPES:
        raise ValueError(f"unknown shape: {name}")
    if len(sizes) != SHAPES[name]:
        raise ValueError(f"a {name} has {SHAPES[name]} sizes, not {len(sizes)}")
    return getattr(area, name)(*map(float, sizes))
