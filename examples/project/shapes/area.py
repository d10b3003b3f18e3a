"""The area of each shape."""

import math


def rectangle(width, height):
    return width * height


def circle(radius):
    return math.pi * radius**2


def triangle(a, b, c):
    """Heron's formula; three lengths that make no triangle are an error."""
    if a + b <= c or b + c <= a or a + c <= b:
        raise ValueError(f"no triangle has the sides {a}, {b} and {c}")
    s = (a + b + c) / 2
    return math.sqrt(s * (s - a) * (s - b) * (s - c))
