"""A repair as a unified diff of the files in which the changed parts stand."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence

from ...language.draft import Draft, Keys
from ...language.source.diagnostics import Source
from ...language.source.reader import MappingNode, Node, ScalarNode, SequenceNode
from ...language.source.text import Text
from ...language.tree.spec import Spec
from ...results.repair import Repair
from .repair_spec import changed_by, put
from .yaml_text import Tree, yaml_lines

__all__ = ["repair_diff"]

_Edit = tuple[int, int, list[str]]
"""Lines of a file, the first and the one behind the last, counted from 0, and what stands there
then."""


def repair_diff(spec: Spec, repair: Repair, draft: Draft) -> tuple[str, ...]:
    """The unified diff, line by line. What an alternative changes beside programs, and what has no
    place of its own in a file, is named below it."""
    edits: dict[Source, list[_Edit]] = {}
    others = []
    mine = {entry.keys for change in repair.changes for entry in change.entries}
    entries: dict[Keys, list[tuple[Keys, Node]]] = {}
    for keys, value in changed_by(spec, repair, draft):
        run = draft.run_of(keys[1]) if len(keys) == 3 and keys[2] == "run" else None
        if run is not None and run.style == "|" and isinstance(value, ScalarNode):
            edits.setdefault(run.content.source, []).append(_edit(run, value))
        elif keys in mine:
            known = next(i for i in range(len(keys), -1, -1) if draft.at(keys[:i]) is not None)
            entries.setdefault(keys[: known + 1], []).append((keys, value))
        else:
            others.append(".".join(keys))
    in_braces = [each for each in entries if _is_in_braces(draft.at(each[:-1]))]
    for section in dict.fromkeys(each[:-1] for each in in_braces):
        added = [pair for each in in_braces if each[:-1] == section for pair in entries.pop(each)]
        source, edit = _enclosed(draft, section, added)
        edits.setdefault(source, []).append(edit)
    for first, found in entries.items():
        placed = _entered(draft, first, found)
        if placed is None:
            others += [".".join(keys) for keys, _ in found]
        else:
            edits.setdefault(placed[0], []).append(placed[1])
    lines = [line for source, found in edits.items() for line in _diff(source, found)]
    return (*lines, *(f"# also changed, see the written spec: {each}" for each in others))


def _diff(source: Source, edits: Sequence[_Edit]) -> Iterator[str]:
    before = source.text.split("\n")
    after = list(before)
    # From the end; what is put before the same line stays in the order in which it was found.
    places = sorted(range(len(edits)), key=lambda i: (*edits[i][:2], i), reverse=True)
    for start, stop, rows in (edits[i] for i in places):
        after[start:stop] = rows
    return difflib.unified_diff(before, after, source.path, source.path, lineterm="", n=2)


def _edit(run: ScalarNode, value: ScalarNode) -> _Edit:
    """The lines of the file that hold a program text, and what stands there then."""
    rows = run.text.rstrip("\n").split("\n")
    _, line, column = run.content.pieces[0]
    new = value.text.rstrip("\n").split("\n")
    return line - 1, line - 1 + len(rows), [" " * (column - 1) + row if row else "" for row in new]


def _is_in_braces(section: Node | None) -> bool:
    """Whether a section stands on one line, in braces."""
    return (
        isinstance(section, MappingNode)
        and section.flow is not None
        and len(section.flow.pieces) == 1
        and "\n" not in section.flow.text
    )


def _enclosed(
    draft: Draft, section: Keys, found: Sequence[tuple[Keys, Node]]
) -> tuple[Source, _Edit]:
    """Where more entries of such a section are written: before its closing brace."""
    node = draft.at(section)
    assert isinstance(node, MappingNode)
    assert node.flow is not None  # it is in braces
    tree: dict[str, Tree] = {}
    for keys, value in found:
        put(tree, keys[len(section) :], _listed(value))
    _, line, column = node.flow.pieces[0]
    written = node.flow.text.rstrip()
    row = node.flow.source.text.split("\n")[line - 1]
    inner = written.removesuffix("}").rstrip()
    more = _in_braces(tree).removeprefix("{")
    new = f"{inner}{'' if inner.endswith(('{', ',')) else ','} {more}".replace("{ ", "{")
    start = column - 1
    changed = row[:start] + new + row[start + len(written) :]
    return node.flow.source, (line - 1, line, [changed])


def _in_braces(tree: Tree) -> str:
    """Entries in braces, texts in quotes where braces and commas would mean something."""
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{name}: {_in_braces(each)}' for name, each in tree.items())}}}"
    text = tree.text if isinstance(tree, ScalarNode) else ""
    return json.dumps(text) if set(text) & set("[]{},:#\"'") else text


def _entered(
    draft: Draft, first: Keys, found: Sequence[tuple[Keys, Node]]
) -> tuple[Source, _Edit] | None:
    """Where entries are written that begin with the same new keys, `first`, and how; None where
    their section is not written line by line."""
    if draft.at(first) is not None:
        return _longer(draft, *found[0])
    section = draft.at(first[:-1])
    if not isinstance(section, MappingNode) or section.flow is not None or not section.entries:
        return None
    tree: dict[str, Tree] = {}
    for keys, value in found:
        put(tree, keys[len(first) - 1 :], _listed(value))
    names = {key.text: key for key, _ in section.entries}
    outermost = len(first) == 1
    before = names.get("processes" if outermost else "run")
    key, last = section.entries[-1]
    at = key.at if before is None else before.at
    if at.source.text.split("\n")[at.line - 1][: at.column - 1].strip():
        return None
    line = _last_line(last) if before is None else at.line - 1
    rows = [" " * (at.column - 1) + row for row in yaml_lines(tree)]
    return at.source, (line, line, [*rows, *([""] if outermost else [])])


def _longer(draft: Draft, keys: tuple[str, ...], value: Node) -> tuple[Source, _Edit] | None:
    """A list in brackets on the line of its key, with what it holds then."""
    section, old = draft.at(keys[:-1]), draft.at(keys)
    if not isinstance(section, MappingNode) or not isinstance(old, SequenceNode):
        return None
    key = next(each for each, _ in section.entries if each.text == keys[-1])
    if old.flow is None or "\n" in old.flow.text or old.at.line != key.at.line:
        return None
    row = " " * (key.at.column - 1) + f"{key.text}: {_bracketed(value)}"
    return key.at.source, (key.at.line - 1, key.at.line, [row])


def _listed(value: Node) -> Tree:
    """A value; a list of words in brackets."""
    if not isinstance(value, SequenceNode):
        return value
    at = value.at
    return ScalarNode(Text(_bracketed(value), at.source, ((0, at.line, at.column),)), "", at)


def _bracketed(value: Node) -> str:
    items = value.items if isinstance(value, SequenceNode) else ()
    return f"[{', '.join(each.text for each in items if isinstance(each, ScalarNode))}]"


def _last_line(node: Node) -> int:
    """The last line of a value in its file, counted from 1."""
    written = node.content if isinstance(node, ScalarNode) else node.flow
    if written is not None:
        return written.pieces[-1][1]
    if isinstance(node, MappingNode):
        inner = tuple(value for _, value in node.entries)
    else:
        inner = node.items if isinstance(node, SequenceNode) else ()
    return max((_last_line(each) for each in inner), default=node.at.line)
