"""Names that are written in many ways: package ids and languages."""

from __future__ import annotations

import re

__all__ = ["language_id", "package_id"]

_LANGUAGES = {
    "python": "python",
    "python3": "python",
    "py": "python",
    "cython": "python",
    "c": "c",
    "c99": "c",
    "c11": "c",
    "cpp": "cpp",
    "c++": "cpp",
    "cxx": "cpp",
    "cc": "cpp",
    "cuda": "cpp",
    "fortran": "fortran",
    "f77": "fortran",
    "f90": "fortran",
    "rust": "rust",
    "rs": "rust",
    "julia": "julia",
    "jl": "julia",
    "generic": "generic",
}
#: Words that FermiLink's command line would take for something else.
_RESERVED = {"status"}


def package_id(name: str) -> str | None:
    """`name` as FermiLink writes package ids: lower case, `-` and `_`; None when nothing is left."""
    cleaned = "".join(char.lower() if char.isalnum() or char in "-_" else "-" for char in name)
    cleaned = re.sub("-{2,}", "-", cleaned).strip("-_")
    return f"{cleaned}-package" if cleaned in _RESERVED else cleaned or None


def language_id(name: str) -> str | None:
    """The language layer for what a person wrote: `C++17` is `cpp`; None when unknown.

    Of several ("Python, with C kernels") the one that is named first counts.
    """
    for word in re.findall(r"[a-z]+(?:\+\+)?\d*", name.lower()):
        for candidate in (word, word.rstrip("0123456789")):
            if candidate in _LANGUAGES:
                return _LANGUAGES[candidate]
    return None
