"""The state of the connection to one client: its documents, its settings, and what it was told."""
