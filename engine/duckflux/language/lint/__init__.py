"""What is checked beyond the schema: rules, their settings, suppressions and explanations."""
