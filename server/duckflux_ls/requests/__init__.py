"""Answers the messages of the client: one module for each method, or for a family of commands."""
