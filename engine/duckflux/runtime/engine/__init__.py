"""The engine: runs the steps of a workflow in their order."""
