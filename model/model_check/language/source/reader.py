"""YAML into nodes that know where they stand.

PyYAML's own loaders resolve `on` to True and `12:30` to 750, keep the last of two equal
keys without a word, expand aliases without bound and recurse as deep as the file says. So
the tree is built here, from the stream of events, on a stack of its own: every scalar stays
text, and what a spec never needs (anchors, tags, several documents) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from ..records import dataclass, field
from .diagnostics import Diagnostic, Diagnostics, Position, Source, SpecError
from .opening import UnreadableError, read_regular
from .scalars import as_written, located
from .text import Text

__all__ = [
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "read_source",
    "read_yaml",
    "typed_source",
]

MAX_BYTES = 1_000_000
"""A spec is written by hand; the largest one known has 200 lines."""
MAX_DEPTH = 50
"""Nesting of mappings and lists; a spec needs about five levels."""
MAX_NODES = 20_000
"""Keys and values of one file."""

_BlockStart = yaml.MappingStartEvent | yaml.SequenceStartEvent


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A YAML scalar as text. `style` is "" (plain), "'", '"', "|" or ">"."""

    content: Text
    style: str
    at: Position

    @property
    def text(self) -> str:
        return self.content.text

    @property
    def is_null(self) -> bool:
        """`null` or `~`, written out."""
        return self.style == "" and self.text in ("null", "Null", "NULL", "~")

    @property
    def is_empty(self) -> bool:
        """Nothing at all after the key."""
        return self.style == "" and self.text == ""


@dataclass(frozen=True, slots=True)
class MappingNode:
    """A YAML mapping with scalar keys, in the order of the file."""

    entries: tuple[tuple[ScalarNode, Node], ...]
    at: Position
    flow: Text | None = field(default=None, repr=False)
    """As written, brackets included, where it is written `{...}`."""

    def get(self, key: str) -> Node | None:
        """The value of `key`, None where there is none."""
        return next((value for name, value in self.entries if name.text == key), None)


@dataclass(frozen=True, slots=True)
class SequenceNode:
    items: tuple[Node, ...]
    at: Position
    flow: Text | None = field(default=None, repr=False)
    """As written, brackets included, where it is written `[...]`."""


Node = ScalarNode | MappingNode | SequenceNode


def read_source(path: Path | str) -> Source:
    """Read a file of at most `MAX_BYTES`; line ends become newlines, a BOM is dropped.

    Raises `SpecError` for whatever is in the way: there is nothing there, it is a
    directory, it cannot be read, it is too long, it is not UTF-8.
    """
    shown = Source(str(path), "")

    def refuse(message: str, hint: str = "", source: Source = shown) -> SpecError:
        return SpecError([Diagnostic(Position(source, 1, 1), message, hint)])

    try:
        data = read_regular(path, MAX_BYTES)
    except UnreadableError as error:
        told = str(error)
        raise refuse(told + ", not a spec" * (told == "this is a directory")) from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("this is UTF-16", "save it as UTF-8")
    if b"\0" in data:
        raise refuse("this is a binary file, not YAML: it has NUL bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        lines = Source(str(path), data.decode("utf-8-sig", "replace").replace("\r\n", "\n"))
        raise SpecError(
            [Diagnostic(Position(lines, line, column), "this is not UTF-8", "save it as UTF-8")]
        ) from None
    return typed_source(path, text)


def typed_source(path: Path | str, text: str) -> Source:
    """A text that stands for a file; line ends become newlines."""
    return Source(str(path), text.replace("\r\n", "\n").replace("\r", "\n"))


# What YAML 1.2 does not allow in a file, and the line ends that only YAML 1.1 knows: they
# would make its line numbers differ from everybody else's.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)


def read_yaml(source: Source) -> MappingNode:
    """Parse a YAML file whose top level is a mapping.

    Raises `SpecError`: not YAML, an empty file, several documents, a key twice, anchors,
    aliases and tags, a key that is not a word, nesting deeper than `MAX_DEPTH`.
    """
    if len(source.text) > MAX_BYTES:
        raise SpecError([Diagnostic(Position(source, 1, 1), "the file is too long")])
    bad = _UNPRINTABLE.search(source.text)
    if bad:
        at = _position_in(source, bad.start())
        raise SpecError(
            [Diagnostic(at, f"the character U+{ord(bad.group()):04X} is not allowed here")]
        )
    errors = Diagnostics()
    builder = _NodeBuilder(source, errors)
    try:
        for event in _events(source):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        errors.found.append(_yaml_diagnostic(source, error))
    except yaml.YAMLError as error:
        errors.report(Position(source, 1, 1), f"this is not YAML: {error}")
    errors.raise_if_any()
    root = builder.root
    if root is None or (isinstance(root, ScalarNode) and root.is_empty):
        raise SpecError([Diagnostic(Position(source, 1, 1), "the file is empty")])
    if not isinstance(root, MappingNode):
        what = "a list" if isinstance(root, SequenceNode) else "only text"
        raise SpecError(
            [Diagnostic(root.at, f"the top level must be a mapping, this is {what}", "key: value")]
        )
    return root


def _events(source: Source) -> Iterator[yaml.Event]:
    fast = getattr(yaml, "CLoader", None)
    if fast is None:
        yield from yaml.parse(source.text, Loader=yaml.SafeLoader)
        return
    try:
        yield from yaml.parse(source.text, Loader=fast)
    except yaml.YAMLError as error:
        # The pure-Python parser explains better; where it finds no fault, the C one's stands, and
        # so it does where the other one fails before it: it takes no `?` within brackets.
        try:
            for _ in yaml.parse(source.text, Loader=yaml.SafeLoader):
                pass
        except yaml.YAMLError as explained:
            if _offset(explained) >= _offset(error):
                raise
        raise error from None


def _offset(error: yaml.YAMLError) -> tuple[int, int]:
    """The line and column that an error points to."""
    mark = getattr(error, "problem_mark", None)
    return (0, 0) if mark is None else (mark.line, mark.column)


@dataclass(slots=True)
class _Unfinished:
    """A mapping or list that is being read; `key` is the one that waits for its value."""

    at: Position
    start: int
    is_flow: bool
    is_mapping: bool
    entries: list[tuple[ScalarNode, Node]] = field(default_factory=list)
    seen: dict[str, ScalarNode] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: Node | None = None


class _NodeBuilder:
    """Makes nodes of events, without recursion."""

    def __init__(self, source: Source, errors: Diagnostics) -> None:
        self.source = source
        self.errors = errors
        self.root: Node | None = None
        self.stack: list[_Unfinished] = []
        self.documents = 0
        self.nodes = 0

    def take(self, event: yaml.Event) -> None:
        at, start = _place(self.source, event.start_mark)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop(at, "a second document starts here", "one spec a file")
        elif isinstance(event, yaml.AliasEvent):
            self._stop(at, "aliases are not supported", "write it out, or quote the text")
        elif isinstance(event, (yaml.ScalarEvent, _BlockStart)):
            self.nodes += 1
            if self.nodes > MAX_NODES:
                self._stop(at, f"there are more than {MAX_NODES:,} keys and values")
            if event.anchor is not None:
                self._stop(at, "anchors are not supported", "write it out, or quote the text")
            if event.tag is not None:
                self._stop(at, f"the tag {event.tag} is not supported", "quote the text")
            if isinstance(event, yaml.ScalarEvent):
                stop = _place(self.source, event.end_mark)[1]
                style = event.style or ""
                text = located(self.source, event.value, style, start, stop, at)
                self._add(ScalarNode(text, style, at))
                return
            if len(self.stack) >= MAX_DEPTH:
                self._stop(at, f"this is nested deeper than {MAX_DEPTH} levels")
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            self.stack.append(_Unfinished(at, start, bool(event.flow_style), is_mapping))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._close(self.stack.pop(), _place(self.source, event.end_mark)[1])

    def _stop(self, at: Position, message: str, hint: str = "") -> None:
        self.errors.report(at, message, hint)
        self.errors.raise_if_any()

    def _close(self, open_: _Unfinished, stop: int) -> None:
        flow = as_written(self.source, open_.start, stop, open_.at) if open_.is_flow else None
        if open_.is_mapping:
            self._add(MappingNode(tuple(open_.entries), open_.at, flow))
        else:
            self._add(SequenceNode(tuple(open_.items), open_.at, flow))

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if not top.is_mapping:
            top.items.append(node)
        elif top.key is None:
            top.key = node
        else:
            key, top.key = top.key, None
            if not isinstance(key, ScalarNode):
                # Kept out of the tree; in a value like `{a[0]}` the flow text says it all.
                self.errors.report(key.at, "a key must be a word", "quote the text")
                return
            if key.text in top.seen:
                first = top.seen[key.text].at
                self.errors.report(
                    key.at, f"the key {key.text} stands here twice", f"first in line {first.line}"
                )
                return
            top.seen[key.text] = key
            top.entries.append((key, node))


def _place(source: Source, mark: yaml.error.Mark | yaml._yaml.Mark | None) -> tuple[Position, int]:
    """A mark of the parser as a position and as an offset in the source."""
    assert mark is not None  # events of a parser always have marks
    return Position(source, mark.line + 1, mark.column + 1), mark.index


def _position_in(source: Source, index: int) -> Position:
    before = source.text[:index]
    return Position(source, before.count("\n") + 1, len(before) - before.rfind("\n"))


# --- mistakes in the YAML itself --------------------------------------------------------------


def _yaml_diagnostic(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    at = Position(source, mark.line + 1, mark.column + 1) if mark else Position(source, 1, 1)
    problem = (
        (error.problem or error.context or "it cannot be read").replace("<", "").replace(">", "")
    )
    line = source.line(at.line)
    indent = line[: len(line) - len(line.lstrip())]
    if "\\t" in problem or "\t" in indent:
        column = indent.find("\t") + 1 or at.column
        return Diagnostic(
            Position(source, at.line, column), "a tab in the indentation", "indent with spaces"
        )
    return Diagnostic(at, f"this is not YAML: {problem}", _yaml_hint(problem, line))


def _yaml_hint(problem: str, line: str) -> str:
    if "mapping values are not allowed" in problem:
        return "a text with `: ` in it must be quoted, program text goes under `run: |`"
    if "expected ',' or" in problem:
        return "in a [list] or {mapping} on one line, a text with brackets must be quoted"
    if "block end" in problem or "block mapping" in problem:
        value = line.partition(": ")[2].lstrip()
        if value[:1] in ("[", "{", '"', "'"):
            return "quote the whole value"
        return "check the indentation"
    if "cannot start any token" in problem or "while scanning" in problem:
        return "quote the text"
    return ""
