"""Areas of shapes."""

from .area import circle, rectangle, triangle
from .parse import parse

__all__ = ["circle", "parse", "rectangle", "triangle"]
