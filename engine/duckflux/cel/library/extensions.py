"""Placeholder."""

FUNCTIONS = ()
