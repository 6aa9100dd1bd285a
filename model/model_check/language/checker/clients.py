"""Who uses a resource: the process instances that `Client` in its kind is made of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from .context import Names
from .entries import ProcessEntry, ResourceEntry
from .survey import CallSite, Survey, mentions

__all__ = ["called_of", "clients_of", "is_erased", "is_leased", "users_of"]


def clients_of(
    entry: ResourceEntry, surveys: Mapping[str, Survey], names: Names
) -> list[list[str]]:
    """For each instance of a resource, the names of the process instances that call one of
    its commands in which `caller` matters; in the order of the spec.

    An index made of `self` and constants tells which instance a process instance uses; any
    other index may be any of them.
    """
    return _who_calls(
        lambda command: mentions(entry.doc_of(command), "caller"), entry, surveys, names
    )


def users_of(entry: ResourceEntry, surveys: Mapping[str, Survey], names: Names) -> list[list[str]]:
    """The same, of those that call any command, and so have a connection."""
    return _who_calls(lambda _: True, entry, surveys, names)


def called_of(entry: ResourceEntry, surveys: Mapping[str, Survey]) -> set[str]:
    """The names of the commands of a resource that are called, whatever their form."""
    sites = (site for found in surveys.values() for site in found.calls)
    return {site.target.command for site in sites if site.target.resource == entry.name}


def is_erased(entry: ResourceEntry, surveys: Mapping[str, Survey]) -> bool:
    """Whether a call may leave nothing of what a resource holds, or a fault does."""
    called = any(
        site.target.resource == entry.name and _erases(entry.form(site.target), entry)
        for found in surveys.values()
        for site in found.calls
    )
    given = {name.text for name, _ in entry.doc.options}
    return called or any(e.name.text in given and e.doc.erases for e in entry.kind.faults)


def _erases(command: str, entry: ResourceEntry) -> bool:
    return entry.has(command) and entry.doc_of(command).erases


def is_leased(entry: ResourceEntry, surveys: Mapping[str, Survey]) -> bool:
    """Whether a call of a resource has to do with times to live."""
    for found in surveys.values():
        for site in found.calls:
            command = entry.fitting(site.target) if site.target.resource == entry.name else None
            if command is not None and command.leases:
                given = {name for name, _ in site.target.shape.keywords}
                names = [name for text, name in command.form.places if text is None]
                given.update(names[: len(site.target.shape.texts)])
                if "" in command.leases or not given.isdisjoint(command.leases):
                    return True
    return False


def _who_calls(
    counts: Callable[[str], bool],
    entry: ResourceEntry,
    surveys: Mapping[str, Survey],
    names: Names,
) -> list[list[str]]:
    """Who calls one of those of its commands that count."""
    clients: list[list[str]] = [[] for _ in range(entry.instances)]
    for process, found in surveys.items():
        sites = [
            site for site in found.calls
            if site.target.resource == entry.name
            and entry.has(command := entry.form(site.target)) and counts(command)
        ]  # fmt: skip
        who = names.processes[process]
        for number in range(who.count):
            used = {each for site in sites for each in _used(site, entry, who, number, names)}
            for each in sorted(used):
                if who.client(number) not in clients[each]:
                    clients[each].append(who.client(number))
    return clients


def _used(
    site: CallSite, entry: ResourceEntry, who: ProcessEntry, number: int, names: Names
) -> range:
    """The instances of the resource that one process instance means by a call."""
    everything = range(entry.instances)
    if entry.count is None or site.target.index is None:
        return everything
    index = _value(site.target.index, number, who, names)
    if index is None:
        return everything
    return range(index, index + 1) if index in everything else range(0)


def _value(node: ast.expr, number: int, who: ProcessEntry, names: Names) -> int | None:
    """An index that is known before anything is checked; None for all others."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id="self"):
            return number
        case ast.Name(id=name) if name in names.constants and name not in who.vars:
            constant = names.constants.value(name, who.name.at)
            return None if isinstance(constant, str) else constant.value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _value(operand, number, who, names)
            return None if inner is None else -inner
        case ast.BinOp(left=left, op=sign, right=right):
            a, b = (_value(side, number, who, names) for side in (left, right))
            return None if a is None or b is None else _compute(sign, a, b)
    return None


def _compute(sign: ast.operator, a: int, b: int) -> int | None:
    match sign:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult() if max(abs(a), abs(b)) < 1 << 31:
            return a * b
        case ast.FloorDiv() if b:
            return a // b
        case ast.Mod() if b:
            return a % b
    return None
