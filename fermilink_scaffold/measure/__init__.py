"""Driving the runner of a workspace."""

__all__: list[str] = []
