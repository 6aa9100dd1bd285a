"""A repair as a spec that extends the broken one."""

from __future__ import annotations

import os
from pathlib import Path

from ...language.draft import Alternative, Draft, Keys
from ...language.source.reader import MappingNode, Node
from ...language.syntax.file_names import cut
from ...language.tree.spec import Spec
from ...results.repair import Repair
from .yaml_text import Tree, yaml_lines

__all__ = ["changed_by", "put", "repair_model", "repair_spec"]

Nested = dict[str, Tree]


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
    tree: Nested = {
        "extends": _way(folder, path),
        "model": repair_model(spec, number),
        "about": about,
    }
    if draft.overrides:
        tree["constants"] = dict(draft.overrides)
    for keys, value in changed_by(spec, repair, draft):
        put(tree, keys, value)
    for each in spec.properties:
        verdict = "holds" if each.name in wanted else repair.verdicts[each.name]
        # Without faults nothing is known of what is expected with them.
        if verdict not in (each.expect, "undetermined") and each.expect != "either":
            put(tree, ("properties", each.name, "expect"), verdict)
    return "\n".join(yaml_lines(tree)) + "\n"


def _way(folder: Path, path: str) -> str:
    """The path of a file as seen from a folder, which `extends` reads on every system."""
    real = os.path.realpath(folder)
    return os.path.relpath(os.path.realpath(path), real).replace(os.sep, "/")


def changed_by(spec: Spec, repair: Repair, draft: Draft) -> list[tuple[Keys, Node]]:
    """What a repair puts into the spec: keys and values."""
    found: list[tuple[Keys, Node]] = [
        (keys, _at(each.changes, keys)) for each in _alternatives(repair) for keys in each.paths()
    ]
    known = {keys for keys, _ in found}
    for process in spec.processes:
        keys: Keys = ("processes", process.name, "run")
        run = repair.draft.run_of(process.name)
        old = draft.run_of(process.name)
        if keys not in known and run is not None and old is not None and run.text != old.text:
            found.append((keys, run))
    entries = (entry.keys for change in repair.changes for entry in change.entries)
    for entry in dict.fromkeys(entries):
        value = repair.draft.at(entry)
        assert value is not None  # the repair has put it there
        found.append((entry, value))
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


def put(tree: Nested, keys: Keys, value: Tree) -> None:
    """Put a value under keys into a tree, which gets those that it has not."""
    inner = tree
    for key in keys[:-1]:
        below = inner.setdefault(key, {})
        assert isinstance(below, dict)  # values stand at the ends of paths alone
        inner = below
    inner[keys[-1]] = value
