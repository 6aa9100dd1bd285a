"""What may go wrong, and what it does to a state: said once more, from the documentation alone.

A crash may happen wherever its process has not ended: the connections of the instance go, its
variables begin anew but for those that it keeps, and so does it, or it stays away. What a kind says
may go wrong with a resource is written here a second time, in Python. How often something has
gone wrong is counted for all instances together, and is part of the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from model_check.language.tree.spec import Resource, Spec

from .values import values_of

__all__ = [
    "BROKEN", "Broken", "Budget", "broken_kinds", "connection_broken",
    "connection_lost", "named",
]  # fmt: skip

Values = dict[str, Any]
Budget = tuple[str, str]
"""Whose, and what."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that may go wrong with one instance of a resource, under the label that its event
    has; `most`: how often, in all instances together; None: as often as it can. `ways` gives what
    can be stored afterwards, and None where that would be an error."""

    resource: str
    number: int
    label: str
    budget: Budget
    most: int | None
    ways: Callable[[Values], list[Values | None]]


def named(spec: Spec, process: str, number: int) -> str:
    """An instance as it is shown."""
    single = spec.process(process).single
    return process if single else f"{process}[{number}]"


def broken_kinds(spec: Spec) -> Iterator[Broken]:
    """All that may go wrong with the resources of a spec."""
    for resource in spec.resources:
        for number, faults in enumerate(resource.faults):
            for fault in faults:
                what = fault.command.name
                budget = (resource.name, what)
                happens = BROKEN[resource.kind, what]
                happens = _while_leased(happens) if what == "expires" else happens
                if fault.whom is None:
                    yield Broken(resource.name, number, what, budget, fault.most, happens)
                    continue
                clients = resource.clients[number].members
                for each in fault.whom:
                    label = f"{what}[{clients[each]}]"
                    yield Broken(
                        resource.name, number, label, budget, fault.most, _to(happens, each)
                    )


def _while_leased(happens: Callable[..., list[Values | None]]) -> Callable[[Values], Any]:
    """A key whose time to live the spec speaks of expires only while it has one."""

    def ways(stored: Values) -> list[Values | None]:
        if "lease" not in stored:
            return happens(stored)
        over = [] if stored["lease"] is None else happens(stored)
        return [each and {**each, "lease": None} for each in over]

    return ways


def _to(happens: Callable[..., list[Values | None]], client: int) -> Callable[[Values], Any]:
    return lambda stored: happens(stored, client)


# --- kinds ----------------------------------------------------------------------------------------


def _loses(stored: Values) -> list[Values | None]:
    items = stored["items"]
    return [{"items": (*items[:n], *items[n + 1 :])} for n in range(len(items))]


def _duplicates(stored: Values) -> list[Values | None]:
    return [{"items": (*stored["items"], each)} for each in stored["items"]]


def _reorders(stored: Values) -> list[Values | None]:
    items = stored["items"]
    return [
        {"items": (*items[:n], items[n + 1], items[n], *items[n + 2 :])}
        for n in range(len(items) - 1)
    ]


def _list_expires(stored: Values) -> list[Values | None]:
    return [{"items": ()}] if stored["items"] else []


def _stream_expires(stored: Values) -> list[Values | None]:
    there = stored["trimmed"] + len(stored["entries"])
    return [{"entries": (), "trimmed": there, "gone": there}] if there > stored["gone"] else []


def _string_expires(stored: Values) -> list[Values | None]:
    return [] if stored["value"] is None else [{"value": None}]


def _hash_expires(stored: Values) -> list[Values | None]:
    fields = stored["fields"]
    if all(each is None for each in fields):
        return []
    return [{"fields": (None,) * len(fields)}]


def _flag_overflows(stored: Values) -> list[Values | None]:
    return [{"value": stored["value"] + 1} if stored["value"] < 3 else None]


def _flag_is_dropped(stored: Values, client: int) -> list[Values | None]:
    return [{"value": client % 2}] if stored["value"] > 1 else []


BROKEN: dict[tuple[str, str], Callable[..., list[Values | None]]] = {
    ("queue", "loses"): _loses,
    ("queue", "duplicates"): _duplicates,
    ("queue", "reorders"): _reorders,
    ("redis.list", "expires"): _list_expires,
    ("redis.stream", "expires"): _stream_expires,
    ("redis.string", "expires"): _string_expires,
    ("redis.hash", "expires"): _hash_expires,
    ("own.flag", "overflows"): _flag_overflows,
    ("own.flag", "drops"): _flag_is_dropped,
}
"""What can be stored after each fault of a kind."""


def connection_lost(resource: Resource, number: int, client: str, stored: Values) -> list[Values]:
    """What a resource may hold when the connection of a client goes."""
    members = resource.clients[number].members
    if client not in members:
        return [{}]
    me = members.index(client)
    match resource.kind:
        case "redis.pubsub":
            return [{
                "subscribed": frozenset(x for x in stored["subscribed"] if x.text != client),
                "inbox": _with(stored["inbox"], me, ()),
            }]  # fmt: skip
        case "redis.stream":
            return [{
                "waiting": _with(stored["waiting"], me, None),
                "served": _with(stored["served"], me, ()),
            }]  # fmt: skip
        case "own.broker":
            given = stored["given"]
            return [{"ready": (*given[me], *stored["ready"]), "given": _with(given, me, ())}]
        case "websocket":
            assert len(values_of(resource.clients[number])) == len(stored["inbox"])
            if stored["closed"]:  # what was under way is lost already
                return [{"inbox": _with(stored["inbox"], me, ()), "closed": True}]
            longest = max(len(each) for each in stored["inbox"])
            return [
                {"inbox": _with(tuple(each[:n] for each in stored["inbox"]), me, ()),
                 "closed": True}
                for n in range(longest + 1)
            ]  # fmt: skip
    return [{}]


def connection_broken(
    resource: Resource, number: int, clients: Sequence[str], stored: Values
) -> list[Values]:
    """What a resource may hold when the connection breaks that some clients have, who live on."""
    if resource.kind != "websocket":
        (client,) = clients
        return connection_lost(resource, number, client, stored)
    if stored["closed"]:
        return []
    ways = product(*(range(max(map(len, stored["inbox"])) + 1) for _ in stored["inbox"]))
    return [
        {"inbox": tuple(each[:n] for each, n in zip(stored["inbox"], way, strict=True)),
         "closed": True}
        for way in ways
    ]  # fmt: skip


def _with(items: tuple[Any, ...], place: int, value: Any) -> tuple[Any, ...]:
    return (*items[:place], value, *items[place + 1 :])
