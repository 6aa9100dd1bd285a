"""From what a spec says of a resource to its kind with the types it is given."""

from __future__ import annotations

from collections.abc import Mapping

from ..keys import DISCONNECTS, RESOURCE, key_names
from ..source.diagnostics import Source, did_you_mean
from ..syntax.names import shorten
from ..syntax.nodes import Expression, KindDoc, ResourceDoc
from ..tree.expressions import Literal
from ..types import IntType
from .context import MAX_INSTANCES, Names, Scope
from .expressions import check
from .notices import require_whose
from .payloads import check_payload
from .resources import ConcreteResource
from .types_of import TypeReader

__all__ = ["check_count", "declare_resource"]


def check_count(doc: Expression, names: Names, what: str) -> int:
    """A `count`: a constant from 1 to 64."""
    scope = Scope(names, shared="a count is a constant", commands="a count is a constant")
    value = check(doc, scope)
    if isinstance(value, Literal) and isinstance(value.type, IntType):
        if 1 <= value.value <= MAX_INSTANCES:
            return value.value
        names.found.report(
            doc.at, f"constant out of range: {what} has {value.value} instances",
            f"1 to {MAX_INSTANCES} are possible",
        )  # fmt: skip
    elif names.found.count == 0:
        names.found.report(doc.at, "a count is a constant integer")
    return 1


def declare_resource(
    doc: ResourceDoc,
    kinds: Mapping[str, KindDoc],
    names: Names,
    origins: frozenset[Source],
    places: frozenset[str],
) -> ConcreteResource | None:
    """A resource with its kind and type arguments; None where those are wrong. `places`: those that
    keys of the spec have."""
    kind = kinds.get(doc.kind.text)
    count = None if doc.count is None else check_count(doc.count, names, doc.name.text)
    reader = TypeReader(names)
    arguments = [reader.read(argument) for argument in doc.arguments]
    if kind is None:
        names.found.report(
            doc.kind.at, f"no such kind: {shorten(doc.kind.text)}",
            did_you_mean(doc.kind.text, kinds),
        )  # fmt: skip
        return None
    wanted = [parameter.text for parameter in kind.parameters]
    least = len(wanted) - len(kind.defaults)
    if not least <= len(arguments) <= len(wanted):
        shown = f"{kind.name}[{', '.join(wanted[:least])}]" if least else kind.name
        if least < len(wanted):
            shown += f", or {kind.name}[{', '.join(wanted)}]"
        most = f" to {len(wanted)}" if least < len(wanted) else ""
        names.found.report(
            doc.kind.at, f"{kind.name} takes {least}{most} types, {len(arguments)} given",
            f"it is written {shown}",
        )  # fmt: skip
        return None
    defaults = dict(kind.defaults)
    arguments += [reader.read(defaults[name]) for name in wanted[len(arguments) :]]
    if kind.address and doc.key and f"{{{kind.address}}}" not in doc.key:
        names.found.report(
            doc.written.at or doc.name.at,
            f"{doc.name.text} has many keys, and this says no place for what tells them apart",
            f"key: {doc.key}:{{{kind.address}}}",
        )  # fmt: skip
    options = [option.text for option, _, _ in kind.options]
    options += [fault.name.text for fault in kind.faults]
    if kind.disconnected is not None:
        options.append(DISCONNECTS)
    for option, _ in doc.options:
        if option.text == DISCONNECTS and kind.disconnected is None:
            message = f"a {kind.name} has no connection that could break"
            hint = "its kind does not say what becomes of it then (disconnected)"
            names.found.report(option.at, message, hint)
        elif option.text not in options:
            names.found.report(
                option.at, f"unknown key in the resource {doc.name.text}: {shorten(option.text)}",
                did_you_mean(option.text, [*key_names(RESOURCE), *options]),
            )  # fmt: skip
    for option, _, default in kind.options:
        if default is None and option.text not in {given.text for given, _ in doc.options}:
            names.found.report(doc.name.at, f"{doc.name.text} needs the option {option.text}")
    _check_unread(doc, kind, names)
    require_whose(doc, kind, names)
    bound = dict(zip(wanted, arguments, strict=True))
    check_payload(doc, kind, bound, places, names.found)
    return ConcreteResource(doc.name.text, doc, kind, count, bound, names, origins)


def _check_unread(doc: ResourceDoc, kind: KindDoc, names: Names) -> None:
    """Report what is said not to be read in a log, and is no parameter of a command."""
    known = kind.sent_parameters
    for name in doc.unread:
        if name.text not in known:
            message = f"no command that a {kind.name} sends has a parameter {shorten(name.text)}"
            hint = did_you_mean(name.text, known) or f"there are {', '.join(known) or 'none'}"
            names.found.report(name.at, message, hint)
