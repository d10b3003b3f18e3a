"""The text of expressions as tokens and syntax trees, and trees as text."""
