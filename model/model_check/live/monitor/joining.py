"""From what lines say of their keys' places to sessions: which lines are of the same one.

A key with several places says that they belong together, and so does a payload that names one. What
nobody has said together is of one session only where the log leaves no other way: it has one value
of each place that could belong there. Otherwise it is left open, and said so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..brokers.keys import SessionKey

__all__ = ["SessionGroup", "join_keys"]

Place = tuple[str, str]
"""The name of a place, and what stands in it."""
SHOWN = 3
"""Values that a sentence names."""


@dataclass(frozen=True, slots=True)
class SessionGroup:
    """Keys of one session: what stands in its `places`, by name, and the `names` in it, of which a
    session may have many. `open`: why it is not known that the keys are of one, and no others are;
    "" where it is. `stray`: it could be of any session, for it has names alone."""

    keys: tuple[SessionKey, ...]
    places: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...] = ()
    open: str = ""
    stray: bool = False

    @property
    def named(self) -> Iterable[tuple[str, ...]]:
        """What it is called by: its places, or where nothing is known of them, its names."""
        return self.places.values() or (self.names,)


def join_keys(
    keys: Iterable[SessionKey],
    said: Iterable[tuple[SessionKey, Sequence[Place]]],
    names: Sequence[str],
) -> list[SessionGroup]:
    """The sessions that some keys are of, in the order of their first ones; none of them is (), the
    key that says nothing. `said`: by a line about a key, what it names of other places; `names`: of
    all places."""
    united = _Union()
    keys = list(keys)
    for key in keys:
        united.join(key)
    for key, places in said:
        if key:
            united.join([*key, *places])
    groups: dict[Place, list[SessionKey]] = {}
    for key in keys:
        groups.setdefault(united.root(key[0]), []).append(key)
    members: dict[Place, dict[Place, None]] = {root: {} for root in groups}
    for place in united.places():
        members.setdefault(united.root(place), {})[place] = None
    found = [_group(groups[root], members[root], names) for root in groups]
    return list(_complete(found, names))


class _Union:
    """Places that belong together (union-find, by Tarjan)."""

    def __init__(self) -> None:
        self._parents: dict[Place, Place] = {}

    def root(self, place: Place) -> Place:
        """What stands for all that belong to a place."""
        self._parents.setdefault(place, place)
        root = place
        while self._parents[root] != root:
            root = self._parents[root]
        while self._parents[place] != root:
            self._parents[place], place = root, self._parents[place]
        return root

    def join(self, places: Sequence[Place]) -> None:
        """Let them belong together."""
        first = self.root(places[0])
        for each in places[1:]:
            self._parents[self.root(each)] = first

    def places(self) -> Iterator[Place]:
        """All places that were ever named, in that order."""
        return iter(list(self._parents))


def _group(
    keys: Sequence[SessionKey], members: Iterable[Place], names: Sequence[str]
) -> SessionGroup:
    values: dict[str, list[str]] = {}
    named: list[str] = []
    for name, value in members:
        if name in names or not name:
            values.setdefault(name, []).append(value)
        else:
            named.append(value)
    ordered = {name: tuple(values[name]) for name in (*names, "") if name in values}
    several = next((name for name, each in ordered.items() if len(each) > 1), None)
    why = "" if several is None else (
        f"it has {len(ordered[several])} values of {{{several}}}, {_shown(ordered[several])}, and a"
        " session of this spec has one"
    )  # fmt: skip
    return SessionGroup(tuple(keys), ordered, tuple(named), why)


def _complete(groups: Sequence[SessionGroup], names: Sequence[str]) -> Iterator[SessionGroup]:
    """The groups, joined where one alone can have what another one lacks; the others that lack
    something say so."""
    kinds: dict[frozenset[str], list[SessionGroup]] = {}
    for each in groups:
        if "" not in each.places:
            kinds.setdefault(frozenset(each.places), []).append(each)
    asked = {kind: _candidates(kind, kinds, len(names)) for kind in kinds}
    asked = {kind: found for kind, found in asked.items() if found}
    involved = {id(each): each for found in asked.values() for each in found}
    involved |= {id(each): each for kind in asked for each in kinds[kind]}
    values: dict[str, set[str]] = {}
    for each in involved.values():
        for name, found in each.places.items():
            values.setdefault(name, set()).update(found)
    if involved and all(len(each) == 1 for each in values.values()):
        first = next(id(each) for each in groups if id(each) in involved)
        ordered = [each for each in groups if id(each) in involved]
        for each in groups:
            if id(each) not in involved:
                yield each
            elif id(each) == first:
                yield _joined(ordered, names)
        return
    for each in groups:
        others = asked.get(frozenset(each.places), [])
        why = each.open or (_missing(each, others, names) if others else "")
        yield replace(each, open=why, stray=bool(others) and not each.places)


def _candidates(
    kind: frozenset[str], kinds: Mapping[frozenset[str], Sequence[SessionGroup]], full: int
) -> list[SessionGroup]:
    """The groups that could have what groups lack which have places of these names: those that lack
    something too, and none of these; any for what has a name alone."""
    if len(kind) >= full:
        return []
    return [
        each
        for other, found in kinds.items()
        if other and other.isdisjoint(kind) and (not kind or len(other) < full)
        for each in found
    ]


def _joined(parts: Sequence[SessionGroup], names: Sequence[str]) -> SessionGroup:
    places = {name: value for part in parts for name, value in part.places.items()}
    keys = tuple(key for part in parts for key in part.keys)
    named = tuple(name for part in parts for name in part.names)
    return SessionGroup(keys, {name: places[name] for name in names if name in places}, named)


def _missing(group: SessionGroup, found: Sequence[SessionGroup], names: Sequence[str]) -> str:
    """What nobody says of a group."""
    lacking = next(name for name in names if any(name in each.places for each in found))
    could = dict.fromkeys(value for each in found for value in each.places.get(lacking, ()))
    mine = " and ".join(f"{{{name}}}" for name in group.places)
    whose = f"its {mine}" if mine else _shown(group.names)
    return (
        f"nothing in the log says which {{{lacking}}} belongs to {whose}: it could be"
        f" {_shown([*could])}, or none of them; where a payload says it, the spec can say so"
        " (payload)"
    )


def _shown(values: Sequence[str]) -> str:
    first = list(values[:SHOWN])
    more = len(values) - len(first)
    if more:
        return f"{', '.join(first)} and {more} more"
    return " or ".join(filter(None, [", ".join(first[:-1]), *first[-1:]]))
