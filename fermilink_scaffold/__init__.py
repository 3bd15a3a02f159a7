"""Scaffold the workspace of an AI-agent optimisation campaign."""

__all__ = ["__version__"]

__version__ = "0.1.0"
