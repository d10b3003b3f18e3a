"""MCP servers of a run (LANGUAGE section 3): where they are configured, and a connection to each."""
