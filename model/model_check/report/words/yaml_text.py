"""Writing YAML: parts of a spec that was read, and what is put around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Union

from ...language.source.reader import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Tree", "yaml_lines"]

Tree = Union[Node, str, Mapping[str, "Tree"]]  # noqa: UP007
"""A node that was read, a text (several lines become a block), or a mapping of these."""

_PLAIN = re.compile(r"[A-Za-z_][\w]*(?:[ .-]\w+)*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
STEP = 2
"""Columns by which what stands under a key is indented."""


def yaml_lines(tree: Mapping[str, Tree], indent: int = 0) -> Iterator[str]:
    """The lines of a mapping in block style."""
    for key, value in tree.items():
        yield from _entry(" " * indent + f"{_word(key)}:", value, indent)


def _entry(head: str, value: Tree, indent: int) -> Iterator[str]:
    """A value after what introduces it: on the same line, or below."""
    match value:
        case str():
            yield from _text(head, value, indent, quoted=not _is_plain(value))
        case ScalarNode():
            style_is_plain = value.style == "" and "\n" not in value.text
            yield from _text(head, value.text, indent, quoted=not style_is_plain)
        case MappingNode() | SequenceNode() if (
            value.flow is not None and "\n" not in value.flow.text
        ):
            yield f"{head} {value.flow.text}"
        case MappingNode(entries):
            yield head
            for key, inner in entries:
                yield from _entry(
                    " " * (indent + STEP) + f"{_word(key.text)}:", inner, indent + STEP
                )
        case SequenceNode(items):
            yield head
            for item in items:
                yield from _entry(" " * (indent + STEP) + "-", item, indent + STEP)
        case Mapping():
            yield head
            yield from yaml_lines(value, indent + STEP)


def _text(head: str, text: str, indent: int, *, quoted: bool) -> Iterator[str]:
    if "\n" in text and all(row.strip() or not row for row in text.split("\n")) and text.strip():
        yield from _block(head, text, indent + STEP)
    else:
        # JSON's quoted text is YAML's, and can say every line end and blank.
        quoted = quoted or "\n" in text
        yield f"{head} {json.dumps(text, ensure_ascii=False) if quoted else text}"


def _block(head: str, text: str, indent: int) -> Iterator[str]:
    """A literal block, with what YAML must be told of its ends."""
    rows = text.split("\n")
    first = next((row for row in rows if row), "")
    hint = str(STEP) if first.startswith(" ") else ""
    if not text.endswith("\n"):
        end = "-"
    else:
        end = "" if text.rstrip("\n") + "\n" == text else "+"
        rows = rows[:-1]
    yield f"{head} |{hint}{end}"
    for row in rows:
        yield " " * indent + row if row else ""


def _is_plain(text: str) -> bool:
    return _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS


def _word(key: str) -> str:
    return key if _is_plain(key) else json.dumps(key, ensure_ascii=False)
