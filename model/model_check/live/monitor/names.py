"""The values of an address as a log has them: `news:sport`, or a name that nobody knew before.

Where the place of an address has a pattern (`{channel:[0-9a-f-]{36}}`), what stands there names a
value that the log does not say: it is learned on the way, one name for one value (see `entry_ids`).
Resources that one type tells apart have the same names.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...language.place_patterns import PlacePattern
from ...language.tree.spec import Resource, Spec
from ...language.types import Type
from ..brokers.addresses import name_of, named, pattern_in, values_of, what_names
from ..brokers.payload import PayloadError, Value
from ..brokers.template import Beside, Names
from ..brokers.values import RealName

__all__ = ["AddressNames", "address_names", "names_in_payloads", "names_said"]

Ids = Sequence[tuple[str, Value, object]]
"""What is known of names (see `entry_ids`)."""


@dataclass(frozen=True, slots=True)
class AddressNames:
    """How a resource's addresses are read. `place`: of its keys, by name; `of`: what they are
    addresses of; `known`: the values by how they are written; None: they are learned."""

    place: str
    of: str
    known: Mapping[str, Value] | None

    def read(self, text: str) -> Value:
        """The value that a text names, or its name where that is learned; None for none."""
        return RealName(text, self.of) if self.known is None else self.known.get(text)

    def written(self, learned: Iterable[tuple[str, Value, object]]) -> dict[Hashable, str]:
        """How the values are written that have a name; `learned`: what is known, by what it is
        of."""
        if self.known is not None:
            return {
                value: text for text, value in self.known.items() if isinstance(value, Hashable)
            }
        return {
            value: str(name)
            for of, value, name in learned
            if of == self.of and isinstance(value, Hashable)
        }


def address_names(resource: Resource) -> AddressNames | None:
    """How the addresses of a resource are read; None where it is one key. Raises
    LiveError (see `values_of`)."""
    if not resource.address or not any(resource.commands):
        return None
    of = what_names(resource)
    if pattern_in(resource) is not None:
        return AddressNames(resource.address, of, None)
    return AddressNames(
        resource.address, of, {name_of(resource, each): each for each in values_of(resource)}
    )


@dataclass(frozen=True, slots=True)
class LearnedNames(Names):
    """Names in payloads: those of addresses that are learned. `learned`: what is known, by what it
    is of."""

    kind: Type
    pattern: PlacePattern
    of: str
    learned: Ids = ()

    def read(self, text: str) -> Value:
        if not self.pattern.fits(text):
            raise PayloadError(f"{text} is no name of {self.kind}")
        return RealName(text, self.of)

    def write(self, value: Value) -> str:
        known = (str(name) for of, its, name in self.learned if (of, its) == (self.of, value))
        return next(known, f"(a name of {value})")


def names_in_payloads(spec: Spec, learned: Ids = ()) -> Beside:
    """What payloads of a log say beside values; their places are what they say."""
    found = named(spec)
    return Beside({}, tuple(LearnedNames(k, p, what_names(r), learned) for k, r, p in found))


def names_said(value: Value) -> Iterator[tuple[str, str]]:
    """The names in a value, each with what it is a name of."""
    match value:
        case RealName():
            yield value.of, str(value)
        case dict():
            for each in value.values():
                yield from names_said(each)
        case list() | tuple():
            for each in value:
                yield from names_said(each)
