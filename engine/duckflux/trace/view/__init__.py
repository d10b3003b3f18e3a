"""Traces as people look at them: labels, trees, timelines, and results on the lines of a workflow."""
