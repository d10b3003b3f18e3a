"""What is known about the workspace beyond the open documents: its files, their symbols, and MCP servers."""
