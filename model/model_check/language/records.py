"""Frozen dataclasses that cost little until they are used.

`dataclasses` writes and compiles seven methods for every class while its module is loaded, some
0.6 ms each. The trees of this package have more than a hundred classes, so that a short check
would spend a third of its time there. Of a class of this decorator, each method is written when
it is first called, from what `dataclasses` says of the fields: what it does is the same. Many
classes are never asked for an object, and few for more than one or two methods.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(given: type | None = None, /, **options: bool) -> Any:
        """As `dataclasses.dataclass`, cheaper for plain classes that are frozen and slotted."""

        def decorate(given: type) -> type:
            plain = given.__bases__ == (object,) and options in PLAIN
            defaults = _defaults(given) if plain else None
            if defaults is None:
                return dataclasses.dataclass(**options)(given)
            return _made(given, defaults, compared=options.get("eq", True))

        return decorate if given is None else decorate(given)


PLAIN = ({"frozen": True, "slots": True}, {"frozen": True, "slots": True, "eq": False})
"""The options of classes whose methods are written late."""


def _defaults(given: type) -> dict[str, Any] | None:
    """The fields' defaults, MISSING where there is none; None if they are not plain values."""
    found = {}
    for name in inspect.get_annotations(given):
        value = given.__dict__.get(name, dataclasses.MISSING)
        if isinstance(value, dataclasses.Field):
            if value.default_factory is not dataclasses.MISSING or not value.init:
                return None
            value = value.default
        found[name] = value
    return found


def _made(given: type, defaults: dict[str, Any], *, compared: bool) -> type:
    def later(name: str, write: Callable[[type], Callable[..., Any]]) -> Callable[..., Any]:
        def method(self: Any, *others: Any, **named: Any) -> Any:
            written = write(made)
            setattr(made, name, written)
            return written(self, *others, **named)

        return method

    body: dict[str, Any] = {"__repr__": later("__repr__", _shower)}
    if compared:
        body |= {"__eq__": later("__eq__", _comparer), "__hash__": later("__hash__", _hasher)}
    body |= {name: value for name, value in _own(given).items() if name not in defaults}
    body |= {
        "__slots__": tuple(defaults),
        "__match_args__": tuple(defaults),
        "__init__": later("__init__", partial(_initializer, defaults)),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__reduce__": _reduced,
        "__dataclass_fields__": _Fields(given),
    }
    made = type(given)(given.__name__, (), body)
    made.__qualname__ = given.__qualname__
    return made


def _own(given: type) -> dict[str, Any]:
    """What stands in a class."""
    return {k: v for k, v in given.__dict__.items() if k not in ("__dict__", "__weakref__")}


# --- the methods, written for a class -----------------------------------------------------------


def _initializer(defaults: dict[str, Any], made: type) -> Callable[..., None]:
    parameters = [
        each if value is dataclasses.MISSING else f"{each}=defaults[{each!r}]"
        for each, value in defaults.items()
    ]
    lines = [f"  put(self, {each!r}, {each})" for each in defaults] or ["  pass"]
    head = f"def __init__({', '.join(('self', *parameters))}):"
    return _written(made, [head, *lines], {"defaults": defaults, "put": object.__setattr__})


def _comparer(made: type) -> Callable[..., bool]:
    compared = [each.name for each in dataclasses.fields(made) if each.compare]
    lines = [
        "def __eq__(self, other):",
        "  if other.__class__ is not self.__class__:",
        "    return NotImplemented",
        f"  return {_values('self', compared)} == {_values('other', compared)}",
    ]
    return _written(made, lines, {})


def _hasher(made: type) -> Callable[..., int]:
    hashed = [
        each.name
        for each in dataclasses.fields(made)
        if (each.compare if each.hash is None else each.hash)
    ]
    lines = ["def __hash__(self):", f"  return hash({_values('self', hashed)})"]
    return _written(made, lines, {})


def _shower(made: type) -> Callable[..., str]:
    shown = [each.name for each in dataclasses.fields(made) if each.repr]

    def __repr__(self: object) -> str:  # noqa: N807
        values = (f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({', '.join(values)})"

    return __repr__


def _values(of: str, names: list[str]) -> str:
    """The text of a tuple of attributes."""
    return "(" + "".join(f"{of}.{name}, " for name in names) + ")"


def _written(made: type, lines: list[str], scope: dict[str, Any]) -> Callable[..., Any]:
    """The function of a text. Names in it come from the classes of this package, as in
    `dataclasses`."""
    exec("\n".join(lines), scope)  # noqa: S102
    name = lines[0].removeprefix("def ").partition("(")[0]
    function: Callable[..., Any] = scope[name]
    function.__qualname__ = f"{made.__qualname__}.{name}"
    return function


class _Fields:
    """The fields, for `dataclasses.replace` and `fields`, made by `dataclasses` from a copy of the
    class as it is written."""

    def __init__(self, given: type) -> None:
        self.given = given

    def __get__(self, instance: object, owner: type) -> dict[str, dataclasses.Field[Any]]:
        copy = type(self.given)(self.given.__name__, (), _own(self.given))
        whole: Any = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False)(copy)
        found: dict[str, dataclasses.Field[Any]] = whole.__dataclass_fields__
        owner.__dataclass_fields__ = found  # type: ignore[attr-defined]
        return found


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _reduced(self: Any) -> tuple[type, tuple[object, ...]]:
    """For `copy` and `pickle`: every field is an argument."""
    return type(self), tuple(getattr(self, name) for name in type(self).__match_args__)
