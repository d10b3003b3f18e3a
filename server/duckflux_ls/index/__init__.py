"""Knows the workspace beyond the open documents: its files, their symbols, and the tools of MCP servers."""
