"""Imports pipelines of GitLab CI."""
