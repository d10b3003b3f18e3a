"""Imports workflows of other tools: what can be said in duckflux is translated, the rest stays as comments."""
