"""Connects to the MCP servers that workflows use."""
