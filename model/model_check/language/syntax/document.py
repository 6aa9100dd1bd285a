"""A spec's YAML into a `Document`: every key understood, every text parsed.

What the names in it mean, and whether the types fit, is the checker's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ..keys import OF, PROCESS, RESOURCE, SERVER, SPEC, key_names, words_of
from ..records import replace
from ..source.diagnostics import Diagnostics, Position, Source, SpecError, did_you_mean
from ..source.reach import ANYWHERE, Reach, means_kinds
from ..source.reader import MappingNode, Node, ScalarNode, SequenceNode
from ..source.recognize import KEYS
from ..source.text import Text
from .defines import read_defines
from .expressions import parse_expression
from .fields import Fields, labels, named, names, short_for, variables
from .file_names import why_no_folder
from .key_text import parse_key
from .kindfile import builtin_kinds, load_kinds
from .merge import read_merged, read_named
from .names import shorten
from .nodes import (
    ConstantDoc,
    DefineDoc,
    Document,
    Expression,
    FaultDoc,
    InitiallyDoc,
    KindDoc,
    Name,
    ProcessDoc,
    ResourceDoc,
    ServerDoc,
    TypeDoc,
)
from .payload_text import read_payload
from .program import parse_program
from .properties import read_properties
from .timing_text import read_timing
from .type_text import parse_kind, parse_type

__all__ = ["load_document", "read_document"]

_PROCESS_KEYS = key_names(PROCESS)
_SERVER_KEYS = key_names(SERVER)
_RESOURCE_KEYS = key_names(RESOURCE)
_TIMEOUTS = words_of("timeouts", SPEC)
_FAIRNESS = words_of("fairness", PROCESS)

_NOTHING: Mapping[str, str] = MappingProxyType({})


def load_document(path: Path | str, overrides: Mapping[str, str] = _NOTHING) -> Document:
    """Read a spec, merged with what it extends.

    `overrides` gives constants another value: expressions by name, as in `--set TOTAL=20`.
    Raises `SpecError` with all mistakes that can be found without resolving names.
    """
    reach = Reach.of(path)
    return read_document(*read_merged(path, reach), overrides, reach=reach)


def read_document(
    root: MappingNode,
    sources: tuple[Source, ...],
    overrides: Mapping[str, str] = _NOTHING,
    views: Mapping[str, str] = _NOTHING,
    *,
    reach: Reach = ANYWHERE,
    faults: bool = True,
) -> Document:
    """Understand a merged tree that came from `sources`; otherwise as `load_document`. `views`
    are expressions beside the spec: the text by the name of the option it was given with. Files
    of kinds must be in `reach`. Without `faults`, what may go wrong does not."""
    errors = Diagnostics()
    fields = Fields(root, "a spec", KEYS, errors)
    kinds = _kinds(root.get("kinds"), reach, errors)
    document = Document(
        source=sources[-1],
        origins=sources,
        model=_model(fields, sources[-1], errors),
        about=fields.text("about"),
        constants=_constants(fields, overrides, errors),
        types=_types(fields, errors),
        vars=variables(fields.section("vars"), errors),
        initially=_initially(root, errors),
        within=fields.expression("within"),
        resources=tuple(
            resource
            for key, value in fields.section("resources")
            if (resource := _resource(key, value, errors)) is not None
        ),
        processes=tuple(_process(k, v, errors) for k, v in fields.section("processes")),
        defines=read_defines(fields),
        watch=fields.expressions("watch"),
        properties=read_properties(fields, errors),
        kinds=kinds,
        views=_views(views, errors),
        servers=tuple(_server(k, v, errors) for k, v in fields.section("servers")),
        timeouts=_timeouts(fields),
        timing=read_timing(fields, errors),
        faults=faults,
    )
    errors.raise_if_any()
    return replace(document, warnings=tuple(errors.warnings))


def _model(fields: Fields, source: Source, errors: Diagnostics) -> str:
    """The model's name; it becomes a directory of `out/`, so it must not lead elsewhere."""
    value = fields.node.get("model")
    name = Path(source.path).stem if value is None else fields.text("model")
    at = Position(source, 1, 1) if value is None else value.at
    why, hint = why_no_folder(name)
    if why:
        errors.report(at, why, hint if value is not None else f"{hint}; give it one with model:")
    return name


def _constants(
    fields: Fields, overrides: Mapping[str, str], errors: Diagnostics
) -> tuple[ConstantDoc, ...]:
    found = []
    known = []
    for key, value in fields.section("constants"):
        name = named(key, "constant", errors)
        known.append(name.text)
        expression: Expression | None = None
        if name.text in overrides:
            expression = _override(name.text, overrides[name.text], errors)
        elif isinstance(value, ScalarNode):
            expression = parse_expression(value.content, errors)
        else:
            errors.report(value.at, "a constant is an integer, a boolean or a name")
        if expression is not None:
            found.append(ConstantDoc(name, expression))
    for unknown in overrides:
        if unknown not in known:
            source = Source("--set", f"{unknown}={overrides[unknown]}")
            message = f"no such constant: {shorten(unknown)}"
            errors.report(Position(source, 1, 1), message, did_you_mean(unknown, known))
    return tuple(found)


def _override(name: str, text: str, errors: Diagnostics) -> Expression | None:
    whole = Text.of(Source("--set", f"{name}={text}"))
    return parse_expression(whole.part(len(name) + 1), errors)


def _views(views: Mapping[str, str], errors: Diagnostics) -> tuple[DefineDoc, ...]:
    found = []
    for name, text in views.items():
        source = Source(name, text)
        value = parse_expression(Text.of(source), errors)
        if value is not None:
            found.append(DefineDoc(Name(name, Position(source, 1, 1)), value))
    return tuple(found)


def _types(fields: Fields, errors: Diagnostics) -> tuple[tuple[Name, TypeDoc], ...]:
    found = []
    for key, value in fields.section("types"):
        name = named(key, "type", errors)
        kind = parse_type(value, errors)
        if kind is not None:
            found.append((name, kind))
    return tuple(found)


def _initially(root: MappingNode, errors: Diagnostics) -> InitiallyDoc | None:
    for key, value in root.entries:
        if key.text == "initially":
            return InitiallyDoc(parse_program(value, errors), key.at)
    return None


def _resource(key: ScalarNode, node: Node, errors: Diagnostics) -> ResourceDoc | None:
    name = named(key, "resource", errors)
    node = short_for("kind", node)
    fields = Fields(node, f"the resource {shorten(name.text)}", (), errors)
    value = fields.node.get("kind")
    kind = None
    if isinstance(value, ScalarNode):
        kind = parse_kind(value.content, errors)
    elif isinstance(node, MappingNode):
        at = key.at if value is None else value.at
        errors.report(at, f"{shorten(name.text)} needs a kind", "kind: redis.list[T]")
    options = []
    for option, _ in fields.node.entries:
        if option.text not in _RESOURCE_KEYS:
            given = fields.expression(option.text)
            if given is not None:
                options.append((Name(option.text, option.at), given))
    fields.text("key")  # which says where it is no text
    written = parse_key(fields.written("key"), errors)
    about, count = fields.text("about"), fields.expression("count")
    payload = fields.node.get("payload")
    said = None if payload is None else read_payload(payload, errors)
    unread = names(fields, "unread", "parameter", errors)
    whose = fields.node.get(OF)
    of = named(whose, "resource", errors) if isinstance(whose, ScalarNode) else None
    if whose is not None and of is None:
        errors.report(whose.at, "of names one resource", "of: lock")
    if kind is None:
        return None
    return ResourceDoc(name, *kind, written, count, tuple(options), about, said, unread, of)


def _server(key: ScalarNode, node: Node, errors: Diagnostics) -> ServerDoc:
    name = named(key, "server", errors)
    fields = Fields(node, f"the server {shorten(name.text)}", _SERVER_KEYS, errors)
    return ServerDoc(name, _fault(fields, "failover"), fields.expression("loses_last"))


def _process(key: ScalarNode, node: Node, errors: Diagnostics) -> ProcessDoc:
    name = named(key, "process", errors)
    fields = Fields(node, f"the process {shorten(name.text)}", _PROCESS_KEYS, errors)
    run = fields.node.get("run")
    if run is None and isinstance(node, MappingNode):
        errors.report(key.at, f"{shorten(name.text)} needs a run", "its program")
    return ProcessDoc(
        name,
        fields.text("about"),
        fields.expression("count"),
        variables(fields.section("vars"), errors),
        () if run is None else parse_program(run, errors),
        _fairness(fields),
        labels(fields, "strong", errors),
        labels(fields, "never_taken", errors),
        _fault(fields, "crashes"),
        names(fields, "keeps", "variable", errors),
        fields.node.get("restarts") is None or fields.truth("restarts"),
        _connection(fields, errors),
        next((each.at for each, _ in fields.node.entries if each.text == "run"), None),
    )


def _connection(fields: Fields, errors: Diagnostics) -> Name | None:
    value = fields.node.get("connection")
    if value is None:
        return None
    if isinstance(value, ScalarNode):
        return named(value, "connection", errors)
    errors.report(value.at, "connection names the one that is shared", "connection: main")
    return None


def _fault(fields: Fields, key: str) -> FaultDoc | None:
    """How often something may go wrong, if it may."""
    for found, _ in fields.node.entries:
        if found.text == key and (most := fields.expression(key)) is not None:
            return FaultDoc(Name(key, found.at), most)
    return None


def _fairness(fields: Fields) -> str:
    fairness = fields.text("fairness") or _FAIRNESS[0]
    if fairness not in _FAIRNESS:
        message = f"no such fairness: {shorten(fairness)}"
        fields.refuse("fairness", message, did_you_mean(fairness, _FAIRNESS))
    return fairness


def _timeouts(fields: Fields) -> str:
    timeouts = fields.text("timeouts") or _TIMEOUTS[0]
    if timeouts not in _TIMEOUTS:
        message = f"timeouts come at any moment, or last, not {shorten(timeouts)}"
        fields.refuse("timeouts", message, did_you_mean(timeouts, _TIMEOUTS))
    return timeouts


def _kinds(node: Node | None, reach: Reach, errors: Diagnostics) -> tuple[KindDoc, ...]:
    """The user's own kinds, from the files named under `kinds`."""
    if node is None:
        return ()
    found: dict[str, KindDoc] = {}
    for item in node.items if isinstance(node, SequenceNode) else (node,):
        if not isinstance(item, ScalarNode):
            errors.report(item.at, "kinds names YAML files", "a path or a list of paths")
            continue
        try:
            loaded = load_kinds(read_named(item, reach, "a file of kinds", means_kinds))
        except SpecError as error:
            errors.found.extend(error.diagnostics)
            continue
        for name, kind in loaded.items():
            if name in found or name in builtin_kinds():
                errors.report(item.at, f"there is already a kind {shorten(name)}", "rename yours")
            found[name] = kind
    return tuple(found.values())
