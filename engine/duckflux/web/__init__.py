"""Serves the workflows of a folder and their runs to browsers (docs/server.md)."""
