"""Contracts that went wrong in any way, for tests with hypothesis."""

from __future__ import annotations

import copy
from typing import Any

from contract.contracts import valid_data
from hypothesis import strategies as st

__all__ = ["VALUES", "mutated"]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["1e-8", "{inputs}/x", "bash", "-c", "**", "(", "\0", "..", "/a/b"]),
    st.dates(),
    st.binary(max_size=3),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=6), st.integers(), st.none()), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


def _paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [path, *(found for key, value in below for found in _paths(value, (*path, key)))]


PATHS = _paths(valid_data())[1:]


@st.composite
def mutated(draw: st.DrawFn, *, most: int = 4) -> Any:
    """The valid contract after one to `most` changes anywhere in it."""
    data = copy.deepcopy(valid_data())
    for _ in range(draw(st.integers(1, most))):
        _mutate(data, draw(st.sampled_from(PATHS)), draw(VALUES), remove=draw(st.booleans()))
    return data


def _mutate(data: Any, path: tuple[Any, ...], value: Any, *, remove: bool) -> None:
    """Change what is there; a path that an earlier mutation took away changes nothing."""
    for key in path[:-1]:
        if isinstance(data, list):
            data = dict(enumerate(data))
        data = data.get(key) if isinstance(data, dict) else None
    if isinstance(data, dict):
        data.pop(path[-1], None)
        if not remove:
            data[path[-1]] = value
    elif isinstance(data, list) and isinstance(path[-1], int) and path[-1] < len(data):
        data[path[-1]] = value
