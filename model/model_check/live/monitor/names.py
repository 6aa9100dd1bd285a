"""The values of an address as a log has them: `news:sport`, or a name that nobody knew before.

Where the place of an address has a pattern (`{channel:[0-9a-f-]{36}}`), what stands there names a
value that the log does not say: it is learned on the way, one name for one value (see `entry_ids`).
Resources that one type tells apart have the same names.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

from ...language.tree.spec import Resource
from ..brokers.addresses import name_of, values_of
from ..brokers.payload import Value

__all__ = ["AddressNames", "RealName", "address_names"]


class RealName(str):
    """What stands for a value of an address in a log. `of`: what it names a value of."""

    __slots__ = ("of",)
    of: str

    def __new__(cls, text: str, of: str) -> RealName:
        made = super().__new__(cls, text)
        made.of = of
        return made


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


def address_names(store: str, resource: Resource) -> AddressNames | None:
    """How the addresses of an instance of a resource are read; None where it is one key. Raises
    LiveError (see `values_of`)."""
    if not resource.address or not any(resource.commands):
        return None
    written = resource.arguments[0]
    of = f"{written} (type)" if written.isidentifier() else store
    if any(name == resource.address for name, _, _ in resource.places):
        return AddressNames(resource.address, of, None)
    return AddressNames(resource.address, of, {name_of(each): each for each in values_of(resource)})
