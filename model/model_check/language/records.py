"""Dataclasses that cost little until they are used.

`dataclasses` writes and compiles up to seven methods for every class while its module is loaded,
some 0.6 ms each. This package has more than a hundred classes, so that a short check would spend a
third of its time there. Of a class of this decorator, each method is written when it is first
called, from what `dataclasses` says of the fields: what it does is the same. Many classes are never
asked for an object, and few for more than one or two methods.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import field
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def replace(record: Any, /, **changes: Any) -> Any:
        """As `dataclasses.replace`, in less time."""
        kind = type(record)
        names = kind.__dict__.get(_NAMES)
        if names is None:
            return dataclasses.replace(record, **changes)
        for name in names:
            if name not in changes:
                changes[name] = getattr(record, name)
        return kind(**changes)

    def dataclass(given: type | None = None, /, **options: bool) -> Any:
        """As `dataclasses.dataclass`, cheaper for plain classes."""

        def decorate(given: type) -> type:
            defaults = _defaults(given) if _is_plain(given, options) else None
            if defaults is None:
                return dataclasses.dataclass(**options)(given)
            make = _slotted if options.get("slots") else _with_methods
            return make(_Made(given, defaults, options))

        return decorate if given is None else decorate(given)


_NAMES = "__record_fields__"
"""Where a class whose methods are written late has the names of its fields."""
_NOT_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")


def _is_plain(given: type, options: dict[str, bool]) -> bool:
    """Whether the methods of a class can be written late."""
    if not options.keys() <= {"frozen", "slots", "eq"} or hasattr(given, "__post_init__"):
        return False
    if options.get("slots"):
        return given.__bases__ == (object,) and options.get("frozen", False)
    return not any("__dataclass_params__" in each.__dict__ for each in given.__mro__)


def _defaults(given: type) -> dict[str, Any] | None:
    """The fields' defaults: MISSING where there is none, a `_Factory` where it is made; None if
    there is more to say of a field."""
    found = {}
    for name, annotation in inspect.get_annotations(given).items():
        if any(word in str(annotation) for word in _NOT_FIELDS):
            return None
        value = given.__dict__.get(name, dataclasses.MISSING)
        if isinstance(value, dataclasses.Field):
            if not value.init or value.kw_only is True:
                return None
            made = value.default_factory
            value = value.default if made is dataclasses.MISSING else _Factory(made)
        found[name] = value
    return found


class _Factory:
    """What makes the default of a field, anew for each object."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


class _Made:
    """A class as it is written (`given`), the defaults of its fields, and how it is decorated;
    `whole` is the class that comes of it."""

    def __init__(self, given: type, defaults: dict[str, Any], options: dict[str, bool]) -> None:
        self.given = self.whole = given
        self.defaults = defaults
        self.frozen = options.get("frozen", False)
        self.compared = options.get("eq", True)
        self.own = {k: v for k, v in given.__dict__.items() if k not in ("__dict__", "__weakref__")}

    def methods(self) -> dict[str, Any]:
        """What a dataclass has that its class does not say itself."""
        found: dict[str, Any] = {"__repr__": self._later("__repr__", _shower)}
        if self.compared:
            hashed = self._later("__hash__", _hasher) if self.frozen else None
            found |= {"__eq__": self._later("__eq__", _comparer), "__hash__": hashed}
        if self.frozen:
            found |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        found = {name: each for name, each in found.items() if name not in self.own}
        return found | {
            _NAMES: tuple(self.defaults),
            "__match_args__": tuple(self.defaults),
            "__init__": self._later("__init__", _initializer),
            "__dataclass_fields__": _Fields(self),
            "__dataclass_params__": _Parameters(self),
        }

    def names(self, counts: Callable[[dataclasses.Field[Any]], bool]) -> list[str]:
        """The fields that count; one of which nothing is said does."""
        said = ((name, self.own.get(name)) for name in self.defaults)
        return [n for n, each in said if not isinstance(each, dataclasses.Field) or counts(each)]

    def _later(self, name: str, write: Callable[[_Made], Callable[..., Any]]) -> Callable[..., Any]:
        """A method that is written when it is first called."""

        def method(of: Any, /, *others: Any, **named: Any) -> Any:
            written = write(self)
            setattr(self.whole, name, written)
            return written(of, *others, **named)

        return method


def _slotted(made: _Made) -> type:
    """A class anew, with slots for its fields."""
    body = {name: value for name, value in made.own.items() if name not in made.defaults}
    body |= made.methods()
    body |= {"__slots__": tuple(made.defaults), "__reduce__": _reduced}
    given = made.given
    found = type(given)(given.__name__, (), body)
    found.__qualname__ = given.__qualname__
    made.whole = found
    return found


def _with_methods(made: _Made) -> type:
    """A class itself, with what it has not got."""
    for name, value in made.methods().items():
        setattr(made.given, name, value)
    for name, value in made.defaults.items():
        if value is not dataclasses.MISSING and not isinstance(value, _Factory):
            setattr(made.given, name, value)
        elif name in made.given.__dict__:
            delattr(made.given, name)
    return made.given


# --- the methods, written for a class -----------------------------------------------------------


def _initializer(made: _Made) -> Callable[..., None]:
    """Compiled once for all classes of this form, and renamed: compiling takes longest."""
    values = tuple(made.defaults.values())
    factories = {i: each for i, each in enumerate(values) if isinstance(each, _Factory)}
    code = _initializing(len(values), frozenset(factories), made.frozen)
    renamed = {f"p{i}": name for i, name in enumerate(made.defaults)}

    def named(words: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(renamed.get(each, each) if isinstance(each, str) else each for each in words)

    code = code.replace(
        co_varnames=named(code.co_varnames),
        co_names=named(code.co_names),
        co_consts=named(code.co_consts),
    )
    scope = {"put": object.__setattr__, **{f"f{i}": each for i, each in factories.items()}}
    given = tuple(each for each in values if each is not dataclasses.MISSING)
    function = FunctionType(code, scope, "__init__", given)
    function.__qualname__ = f"{made.whole.__qualname__}.__init__"
    return function


@cache
def _initializing(size: int, factories: frozenset[int], frozen: bool) -> CodeType:
    """The code of an initializer of fields p0, p1, ..."""
    lines = [f"def __init__({', '.join(('self', *(f'p{i}' for i in range(size))))}):"]
    for i in range(size):
        value = f"f{i}.make() if p{i} is f{i} else p{i}" if i in factories else f"p{i}"
        lines.append(f"  put(self, 'p{i}', {value})" if frozen else f"  self.p{i} = {value}")
    scope: dict[str, Any] = {}
    exec("\n".join(lines) if size else f"{lines[0]} pass", scope)  # noqa: S102
    code: CodeType = scope["__init__"].__code__
    return code


def _comparer(made: _Made) -> Callable[..., bool]:
    values = _values(made.names(lambda each: each.compare))

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return bool(values(self) == values(other))

    return __eq__


def _hasher(made: _Made) -> Callable[..., int]:
    values = _values(made.names(lambda each: each.compare if each.hash is None else each.hash))

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__


def _shower(made: _Made) -> Callable[..., str]:
    shown = made.names(lambda each: each.repr)

    def __repr__(self: object) -> str:  # noqa: N807
        values = (f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({', '.join(values)})"

    return __repr__


def _values(names: list[str]) -> Callable[[object], tuple[Any, ...]]:
    """What gives a tuple of attributes."""
    if len(names) > 1:
        found: Callable[[object], tuple[Any, ...]] = attrgetter(*names)
        return found
    return lambda of: tuple(getattr(of, each) for each in names)


class _Fields:
    """The fields, for `dataclasses.replace` and `fields`, made by `dataclasses` from a copy of the
    class as it is written."""

    def __init__(self, made: _Made) -> None:
        self.made = made

    def __get__(self, instance: object, owner: type) -> dict[str, dataclasses.Field[Any]]:
        copy = type(self.made.given.__name__, (), self.made.own)
        whole: Any = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False)(copy)
        found: dict[str, dataclasses.Field[Any]] = whole.__dataclass_fields__
        owner.__dataclass_fields__ = found  # type: ignore[attr-defined]
        return found


class _Parameters:
    """How a class is decorated, for dataclasses that are made of it."""

    def __init__(self, made: _Made) -> None:
        self.made = made

    def __get__(self, instance: object, owner: type) -> Any:
        made = self.made
        whole: Any = dataclasses.dataclass(
            init=False, repr=False, match_args=False, frozen=made.frozen, eq=made.compared
        )(type(made.given.__name__, (), {}))
        made.whole.__dataclass_params__ = whole.__dataclass_params__  # type: ignore[attr-defined]
        return whole.__dataclass_params__


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _reduced(self: Any) -> tuple[type, tuple[object, ...]]:
    """For `copy` and `pickle`: every field is an argument."""
    return type(self), tuple(getattr(self, name) for name in type(self).__match_args__)
