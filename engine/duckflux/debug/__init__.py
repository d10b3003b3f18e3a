"""Debugs workflows: breakpoints, stepping, values, going on after failures, walking through traces (docs/debugging.md)."""
