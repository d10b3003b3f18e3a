"""The workflow as typed records, and the ways to walk them."""
