"""Correctness prose, compiled to tolerances and limits."""
