"""Runs that survive the process and the machine they run on (docs/durable.md)."""
