"""Presents traces: labels, trees, timelines, and results on the lines of a workflow."""
