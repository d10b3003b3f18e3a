"""The commands for durable runs (docs/durable.md)."""
