"""Plain frozen records that cost next to nothing to define.

`@dataclass(frozen=True, kw_only=True)` compiles six functions from source text for every
class, each time the program starts: for the sixty records of `init` that was a seventh of
its time. A `Record` is the same for those who use it, and type checkers treat it as one.
"""

from __future__ import annotations

from types import MappingProxyType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar, NoReturn, TypeVar

    from typing_extensions import Self, dataclass_transform

    _T = TypeVar("_T")
else:

    def dataclass_transform(**_: object) -> Callable[[_T], _T]:
        """Tell type checkers alone; Python 3.10 has no such function."""
        return lambda cls: cls


__all__ = ["EMPTY", "Record"]

#: The default of a field that holds a mapping.
EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Base of records: annotated names are fields, values beside them their defaults.

    Fields are given by keyword and never change. Records of one class with equal fields are
    equal, and hash alike when their values can be hashed; with `class Name(Record, eq=False)`
    each is equal to itself alone. A missing or unknown field raises TypeError.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[Mapping[str, Any]] = EMPTY

    def __init_subclass__(cls, *, eq: bool = True) -> None:
        own = tuple(cls.__annotations__)
        cls._fields += own
        cls._defaults = {
            **cls._defaults,
            **{name: vars(cls)[name] for name in own if name in vars(cls)},
        }
        if not eq:
            cls.__eq__ = object.__eq__  # type: ignore[method-assign]
            cls.__hash__ = object.__hash__  # type: ignore[method-assign]

    def __init__(self, **values: Any) -> None:
        values = {**self._defaults, **values}
        if values.keys() != set(self._fields):
            missing = [name for name in self._fields if name not in values]
            unknown = [name for name in values if name not in self._fields]
            raise TypeError(f"{type(self).__name__}: missing {missing}, unknown {unknown}")
        self.__dict__.update(values)

    def replace(self, **changes: Any) -> Self:
        """The same record with other values in some fields."""
        return type(self)(**{**self.__dict__, **changes})

    def as_dict(self) -> dict[str, Any]:
        """The values by field, in the order of the class; records in them stay records."""
        return {name: self.__dict__[name] for name in self._fields}

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.as_dict().values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.as_dict().items())
        return f"{type(self).__name__}({fields})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")
