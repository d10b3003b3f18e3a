"""Debugs workflows: breakpoints, stepping, values, recovery from failures, traces (docs/debugging.md)."""
