"""Runs the tests of workflows: `*.ducktest.yaml` files beside them."""
