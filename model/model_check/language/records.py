"""Frozen dataclasses that cost little until they are used.

`dataclasses` writes and compiles seven methods for every class while its module is loaded, some
0.6 ms each. The trees of this package have more than a hundred classes, so that a short check
would spend a third of its time there. This decorator writes `__init__` at once, for it is
needed by every object, and leaves the other methods to `dataclasses` when the first of them
is called: what they do is the same.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field"]

LATER = ("__eq__", "__hash__", "__repr__")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(given: type | None = None, /, **options: bool) -> Any:
        """As `dataclasses.dataclass`, cheaper for plain classes that are frozen and slotted."""

        def decorate(given: type) -> type:
            plain = options == {"frozen": True, "slots": True} and given.__bases__ == (object,)
            defaults = _defaults(given) if plain else None
            if defaults is None:
                return dataclasses.dataclass(**options)(given)
            return _made(given, defaults)

        return decorate if given is None else decorate(given)


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


def _made(given: type, defaults: dict[str, Any]) -> type:
    body = {
        name: value
        for name, value in given.__dict__.items()
        if name not in defaults and name not in ("__dict__", "__weakref__")
    }
    body |= {
        "__slots__": tuple(defaults),
        "__match_args__": tuple(defaults),
        "__init__": _initializer(given.__qualname__, defaults),
        "__setattr__": _refuse_to_set,
        "__delattr__": _refuse_to_delete,
        "__reduce__": _reduced,
        "__dataclass_fields__": _Fields(given),
    }
    for name in LATER:
        body.setdefault(name, _later(name, given))
    made = type(given)(given.__name__, (), body)
    made.__qualname__ = given.__qualname__
    return made


def _initializer(name: str, defaults: dict[str, Any]) -> Callable[..., None]:
    parameters = [
        each if value is dataclasses.MISSING else f"{each}=defaults[{each!r}]"
        for each, value in defaults.items()
    ]
    lines = [f"def __init__({', '.join(('self', *parameters))}):"]
    lines += [f"  put(self, {each!r}, {each})" for each in defaults] or ["  pass"]
    # The names come from the classes of this package, as in `dataclasses`.
    scope: dict[str, Any] = {"defaults": defaults, "put": object.__setattr__}
    exec("\n".join(lines), scope)  # noqa: S102
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{name}.__init__"
    return made


def _complete(made: Any, given: Any) -> None:
    """Let `dataclasses` make what is missing."""
    whole = dataclasses.dataclass(init=False, unsafe_hash=True)(given)
    for name in LATER:
        if hasattr(made.__dict__[name], "is_later"):
            setattr(made, name, whole.__dict__[name])
    made.__dataclass_fields__ = whole.__dataclass_fields__


def _later(name: str, given: type) -> Callable[..., Any]:
    def method(self: Any, *others: Any) -> Any:
        _complete(type(self), given)
        return getattr(type(self), name)(self, *others)

    method.is_later = True  # type: ignore[attr-defined]
    return method


class _Fields:
    """The fields, for `dataclasses.replace` and `fields`."""

    def __init__(self, given: type) -> None:
        self.given = given

    def __get__(self, instance: object, owner: type) -> dict[str, dataclasses.Field[Any]]:
        _complete(owner, self.given)
        found: dict[str, dataclasses.Field[Any]] = owner.__dict__["__dataclass_fields__"]
        return found


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _reduced(self: Any) -> tuple[type, tuple[object, ...]]:
    """For `copy` and `pickle`: every field is an argument."""
    return type(self), tuple(getattr(self, name) for name in type(self).__match_args__)
