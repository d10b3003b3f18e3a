"""Starts the server, and connects it to its client."""
