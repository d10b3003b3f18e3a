"""Imports workflows of GitHub Actions."""
