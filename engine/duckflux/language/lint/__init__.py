"""Checks beyond the schema: rules, their settings, suppressions and explanations."""
