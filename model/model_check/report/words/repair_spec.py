"""A repair as a spec that extends the broken one, and as a diff of its text."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from ...language.draft import Alternative, Draft
from ...language.source.diagnostics import Source
from ...language.source.reader import MappingNode, Node, ScalarNode
from ...language.syntax.file_names import cut
from ...language.tree.spec import Spec
from ...results.repair import Repair
from .yaml_text import Tree, yaml_lines

__all__ = ["repair_diff", "repair_model", "repair_spec"]

_Nested = dict[str, Tree]


def repair_model(spec: Spec, number: int) -> str:
    """The name of the model of a repair."""
    return cut(spec.name, f"-repair-{number}")


def repair_spec(
    spec: Spec, repair: Repair, draft: Draft, number: int, wanted: tuple[str, ...], folder: Path
) -> str:
    """The text of a spec, to stand in `folder`, that is the broken one with a repair.

    What is `wanted` is expected to hold, and of every other property what it does.
    """
    path = draft.sources[-1].path
    how = "repair" if draft.faults else "repair --no-faults"
    about = f"Made by model-check {how} from {path}. " + "; ".join(map(str, repair.changes)) + "."
    tree: _Nested = {
        "extends": _way(folder, path),
        "model": repair_model(spec, number),
        "about": about,
    }
    if draft.overrides:
        tree["constants"] = dict(draft.overrides)
    for keys, value in _changed(spec, repair, draft):
        _put(tree, keys, value)
    for each in spec.properties:
        verdict = "holds" if each.name in wanted else repair.verdicts[each.name]
        # Without faults nothing is known of what is expected with them.
        if verdict not in (each.expect, "undetermined") and each.expect != "either":
            _put(tree, ("properties", each.name, "expect"), verdict)
    return "\n".join(yaml_lines(tree)) + "\n"


def _way(folder: Path, path: str) -> str:
    """The path of a file as seen from a folder, which `extends` reads on every system."""
    real = os.path.realpath(folder)
    return os.path.relpath(os.path.realpath(path), real).replace(os.sep, "/")


def _changed(spec: Spec, repair: Repair, draft: Draft) -> list[tuple[tuple[str, ...], Node]]:
    """What a repair puts into the spec: keys and values."""
    found = [
        (keys, _at(each.changes, keys)) for each in _alternatives(repair) for keys in each.paths()
    ]
    known = {keys for keys, _ in found}
    for process in spec.processes:
        keys = ("processes", process.name, "run")
        run = repair.draft.run_of(process.name)
        old = draft.run_of(process.name)
        if keys not in known and run is not None and old is not None and run.text != old.text:
            found.append((keys, run))
    return found


def _alternatives(repair: Repair) -> list[Alternative]:
    chosen = (each.alternative for each in repair.changes)
    return [each for each in chosen if each is not None]


def _at(node: MappingNode, keys: tuple[str, ...]) -> Node:
    value: Node | None = node
    for key in keys:
        assert isinstance(value, MappingNode)  # the keys lead there
        value = value.get(key)
    assert value is not None
    return value


def _put(tree: _Nested, keys: tuple[str, ...], value: Tree) -> None:
    inner = tree
    for key in keys[:-1]:
        below = inner.setdefault(key, {})
        assert isinstance(below, dict)  # values stand at the ends of paths alone
        inner = below
    inner[keys[-1]] = value


# --- the diff -----------------------------------------------------------------------------------


def repair_diff(spec: Spec, repair: Repair, draft: Draft) -> tuple[str, ...]:
    """The unified diff of the files in which the changed programs stand, line by line. What an
    alternative changes beside programs is named below it."""
    edits: dict[Source, list[tuple[int, int, list[str]]]] = {}
    others = []
    for keys, value in _changed(spec, repair, draft):
        run = draft.run_of(keys[1]) if len(keys) == 3 and keys[2] == "run" else None
        if run is not None and run.style == "|" and isinstance(value, ScalarNode):
            edits.setdefault(run.content.source, []).append(_edit(run, value))
        else:
            others.append(".".join(keys))
    lines: list[str] = []
    for source, found in edits.items():
        before = source.text.split("\n")
        after = list(before)
        for start, stop, rows in sorted(found, reverse=True):
            after[start:stop] = rows
        lines += difflib.unified_diff(before, after, source.path, source.path, lineterm="", n=2)
    lines += [f"# also changed, see the written spec: {each}" for each in others]
    return tuple(lines)


def _edit(run: ScalarNode, value: ScalarNode) -> tuple[int, int, list[str]]:
    """The lines of the file, from 0, that hold a program text, and what stands there then."""
    rows = run.text.rstrip("\n").split("\n")
    _, line, column = run.content.pieces[0]
    new = value.text.rstrip("\n").split("\n")
    return line - 1, line - 1 + len(rows), [" " * (column - 1) + row if row else "" for row in new]
