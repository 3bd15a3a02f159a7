"""Where the files that ship with the package are.

In a checkout (and an editable install) `templates/` and `fixtures/` stand beside the
package; in an installed wheel they are inside it.
"""

import os

__all__ = ["resource_path"]

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_INSTALLED = os.path.join(_PACKAGE, "_data")
_ROOT = _INSTALLED if os.path.isdir(_INSTALLED) else os.path.dirname(_PACKAGE)


def resource_path(*parts: str) -> str:
    """Absolute path of a shipped file, e.g. `resource_path("templates", "base")`."""
    return os.path.join(_ROOT, *parts)
