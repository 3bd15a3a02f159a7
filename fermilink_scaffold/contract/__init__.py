"""The benchmark contract: its data, its schema, and what must hold before a campaign."""

__all__: list[str] = []
