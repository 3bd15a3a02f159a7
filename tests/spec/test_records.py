"""Records behave as frozen, keyword-only dataclasses do."""

from __future__ import annotations

import pytest

from fermilink_scaffold.records import EMPTY, Record


class Point(Record):
    x: int
    y: int = 2


class Named(Point):
    names: dict = EMPTY


class Unique(Record, eq=False):
    x: int


def test_fields_defaults_and_order():
    point = Point(x=1)
    assert (point.x, point.y) == (1, 2)
    assert repr(point) == "Point(x=1, y=2)"
    assert list(Named(names={1: 2}, y=3, x=0).as_dict().items()) == [
        ("x", 0),
        ("y", 3),
        ("names", {1: 2}),
    ]
    assert Named(x=1).names == {}


def test_records_of_one_class_with_equal_fields_are_equal():
    assert Point(x=1) == Point(y=2, x=1)
    assert hash(Point(x=1)) == hash(Point(x=1, y=2))
    assert Point(x=1) != Point(x=1, y=3)
    assert Point(x=1) != Named(x=1)
    assert Unique(x=1) != Unique(x=1)
    assert len({Unique(x=[1]), Unique(x=[1])}) == 2


def test_a_copy_with_other_values():
    assert Named(x=1, y=5).replace(x=2) == Named(x=2, y=5)
    with pytest.raises(TypeError, match="unknown"):
        Point(x=1).replace(z=1)


@pytest.mark.parametrize("values", [{}, {"y": 1}, {"x": 1, "z": 1}, {"x": 1, "y": 2, "z": 3}])
def test_missing_and_unknown_fields_are_errors(values):
    with pytest.raises(TypeError, match="Point: missing"):
        Point(**values)


def test_records_never_change():
    point = Point(x=1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2
    with pytest.raises(AttributeError, match="frozen"):
        del point.x
    assert point == Point(x=1)
