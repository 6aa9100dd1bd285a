"""A spec as it was read, before anything is understood: what variants of it are made from.

A repair is a spec with another order of steps, or with an alternative that the spec itself
offers. Such a variant goes the way of every spec, through the reader and the checker, so that
it means what it would mean if somebody had written it; and its parts still point into the
files that they came from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from .checker import check_document
from .keys import ALTERNATIVE, key_names
from .records import dataclass, field, replace
from .source.diagnostics import Diagnostic, Diagnostics, Position, Source, SpecError
from .source.reach import ANYWHERE, NOTHING_TYPED, Reach
from .source.reader import MappingNode, Node, ScalarNode, SequenceNode
from .source.text import Text
from .syntax.document import read_document
from .syntax.fields import Fields
from .syntax.kindfile import builtin_kinds
from .syntax.merge import is_merged, merge_over, read_merged
from .syntax.names import MAX_NAME, shorten
from .syntax.nodes import Document, Relaxed
from .tree.spec import Spec

__all__ = ["Alternative", "Draft", "Entry", "Keys"]

_NOTHING: Mapping[str, str] = MappingProxyType({})
_ALTERNATIVES = "alternatives"
_KEYS = key_names(ALTERNATIVE)
_WANTED = ("define", "watch", "properties")

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A change that a spec offers by name; `changes` is laid over the spec."""

    name: str
    about: str
    changes: MappingNode

    def paths(self) -> tuple[Keys, ...]:
        """The keys under which it replaces or removes something, outermost key first."""
        return tuple(_leaves(self.changes, ()))


_MEANS_MORE = re.compile(r"^[\[\]{}\"'*&!%@`|>#,?:-]|: | #|:$")
"""What means something to YAML in a text without quotes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something more that a spec says: `text` under `keys`, or one more item of the list there."""

    keys: Keys
    text: str
    is_item: bool = False


def _leaves(node: MappingNode, path: Keys) -> list[Keys]:
    found: list[Keys] = []
    for key, value in node.entries:
        inner = (*path, key.text)
        if isinstance(value, MappingNode) and is_merged(inner):
            found += _leaves(value, inner)
        else:
            found.append(inner)
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec merged with what it extends; `overrides` are constants of another value, as text,
    `alternatives` what it offers beside itself, and `views` what is asked of it (see `load`)."""

    root: MappingNode
    sources: tuple[Source, ...]
    overrides: Mapping[str, str]
    alternatives: tuple[Alternative, ...]
    views: Mapping[str, str] = field(default_factory=dict)
    reach: Reach = ANYWHERE
    faults: bool = True
    relaxed: Relaxed = Relaxed()

    @classmethod
    def read(
        cls,
        path: Path | str,
        overrides: Mapping[str, str] = _NOTHING,
        views: Mapping[str, str] = _NOTHING,
        *,
        allow_outside: bool = False,
        faults: bool = True,
        typed: Mapping[Path, str] = NOTHING_TYPED,
    ) -> Draft:
        """Read a spec. `allow_outside`: also where it names files out of its reach; without
        `faults`, what may go wrong does not; `typed`: texts in the place of files. Raises
        `SpecError` with mistakes of the files and in `alternatives`."""
        reach = ANYWHERE if allow_outside else Reach.of(path, typed)
        root, sources = read_merged(path, reach)
        errors = Diagnostics()
        alternatives = _alternatives(root, errors)
        errors.raise_if_any()
        kept = tuple(entry for entry in root.entries if entry[0].text != _ALTERNATIVES)
        whole = MappingNode(kept, root.at)
        return cls(whole, sources, overrides, alternatives, views, reach, faults)

    def document(self) -> Document:
        """The spec as it is written. Raises `SpecError` with the mistakes of its form."""
        document = read_document(
            self.root, self.sources, self.overrides, self.views, reach=self.reach,
            faults=self.faults,
        )  # fmt: skip
        return replace(document, relaxed=self.relaxed)

    def spec(self) -> Spec:
        """The checked spec. Raises `SpecError` with all mistakes."""
        return check_document(self.document(), builtin_kinds())

    def checked(self) -> Spec:
        """The same with its alternatives, and the warnings of all."""
        spec = self.spec()
        warnings = dict.fromkeys((*spec.warnings, *self.check_alternatives()))
        return replace(spec, warnings=tuple(warnings))

    def check_alternatives(self) -> tuple[Diagnostic, ...]:
        """Check the spec with each of its alternatives: the warnings; raises `SpecError` with
        the mistakes of all. The spec itself must be right."""
        found: list[Diagnostic] = []
        warnings: list[Diagnostic] = []
        for each in self.alternatives:
            try:
                warnings += self.with_alternative(each).spec().warnings
            except SpecError as error:
                found += error.diagnostics
        if found:
            raise SpecError(found)
        return tuple(warnings)

    def with_alternative(self, alternative: Alternative) -> Draft:
        """The spec with one of its alternatives laid over it. Raises `SpecError` where that
        removes what is not there."""
        return replace(self, root=merge_over(self.root, alternative.changes))

    def at(self, keys: Keys) -> Node | None:
        """What stands under keys, the outermost first."""
        node: Node | None = self.root
        for key in keys:
            node = node.get(key) if isinstance(node, MappingNode) else None
        return node

    def run_of(self, process: str) -> ScalarNode | None:
        """The program text of a process, as it stands in its file."""
        node = self.at(("processes", process, "run"))
        return node if isinstance(node, ScalarNode) else None

    def with_run(self, process: str, run: ScalarNode) -> Draft:
        """The spec with another program text for a process."""
        return replace(self, root=_replaced(self.root, ("processes", process, "run"), run))

    def with_entry(self, entry: Entry) -> Draft:
        """The spec that says something more. It points to where its section begins."""
        known = (self.at(entry.keys[:size]) for size in range(len(entry.keys), -1, -1))
        near = next(each for each in known if each is not None)
        value: Node = _scalar(entry.text, near.at)
        if entry.is_item:
            before = self.at(entry.keys)
            items = before.items if isinstance(before, SequenceNode) else ()
            value = SequenceNode((*items, value), near.at)
        return replace(self, root=_replaced(self.root, entry.keys, value))


def _scalar(text: str, at: Position) -> ScalarNode:
    style = '"' if _MEANS_MORE.search(text) else ""
    return ScalarNode(Text(text, at.source, ((0, at.line, at.column),)), style, at)


def _replaced(node: MappingNode, path: Keys, value: Node) -> MappingNode:
    """A tree with another value under the keys `path`, those that it has not got among them."""
    entries = list(node.entries)
    places = [i for i, (key, _) in enumerate(entries) if key.text == path[0]]
    key, old = entries[places[0]] if places else (_scalar(path[0], node.at), None)
    if len(path) > 1:
        inner = old if isinstance(old, MappingNode) else MappingNode((), node.at)
        value = _replaced(inner, path[1:], value)
    if places:
        entries[places[0]] = (key, value)
    else:
        entries.append((key, value))
    return MappingNode(tuple(entries), node.at)


def _alternatives(root: MappingNode, errors: Diagnostics) -> tuple[Alternative, ...]:
    found = []
    for key, node in Fields(root, "a spec", (), errors).section(_ALTERNATIVES):
        name = key.text.strip()
        if not name or "\n" in name or not name.isprintable() or len(name) > MAX_NAME:
            hint = f"at most {MAX_NAME} characters on one line"
            errors.report(key.at, f"{shorten(name) or 'nothing'} cannot name an alternative", hint)
        what = f"the alternative {shorten(name)}"
        if isinstance(node, MappingNode):
            node = _without_wanted(node, what, errors)
        fields = Fields(node, what, _KEYS, errors)
        changes = tuple(entry for entry in fields.node.entries if entry[0].text != "about")
        if isinstance(node, MappingNode) and not changes:
            errors.report(key.at, f"{what} changes nothing", "processes: ...")
        found.append(Alternative(name, fields.text("about"), MappingNode(changes, fields.node.at)))
    return tuple(found)


def _without_wanted(node: MappingNode, what: str, errors: Diagnostics) -> MappingNode:
    """The mapping without keys that say what is wanted, which are reported."""
    for key, _ in node.entries:
        if key.text in _WANTED:
            message = f"{what} cannot have {key.text}"
            errors.report(key.at, message, "it changes what is done, not what is wanted")
    return MappingNode(
        tuple(e for e in node.entries if e[0].text not in _WANTED), node.at, node.flow
    )
