"""From rendered files to a workspace on disk: plan first, then apply, all or nothing."""

__all__: list[str] = []
