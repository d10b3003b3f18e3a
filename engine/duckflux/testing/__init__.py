"""Tests of workflows: `*.ducktest.yaml` files beside them."""
