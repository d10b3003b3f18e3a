"""Implements the command line, one subcommand a module."""
