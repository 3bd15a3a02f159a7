"""FermiLink's HPC profile, as the user names it: JSON with three texts."""

from __future__ import annotations

from fermilink_scaffold.errors import ScaffoldError
from fermilink_scaffold.spec.text.textfile import read_text_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["read_hpc_profile"]


def read_hpc_profile(path: str) -> Mapping[str, Any]:
    """The profile in the file `path`; keys beside the three pass through.

    Raises ScaffoldError for what is no JSON and for a text that is missing or empty.
    """
    import json

    try:
        profile = json.loads(read_text_input(path))
    except ValueError as error:
        raise ScaffoldError(f"is not JSON: {error}", file=path) from error
    for key in ("slurm_default_partition", "slurm_defaults", "slurm_resource_policy"):
        value = profile.get(key) if isinstance(profile, dict) else None
        if not isinstance(value, str) or not value.strip():
            raise ScaffoldError(f"{key!r} must be a text that is not empty", file=path)
    return dict(profile)
