"""Keeps what belongs to the connection to one client: documents, settings, positions and diagnostics."""
