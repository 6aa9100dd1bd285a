"""What is written here for what client libraries have: told by a kind, or by what a call gives.

In: a call that a newcomer wrote from memory. Out: the hint, "" where there is none.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..records import replace
from ..syntax.nodes import CommandDoc
from ..tree.spec import Command
from ..types import UNIT, DictType, ListType, RecordType, SetType
from .entries import ResourceEntry
from .relations import without_option
from .survey import CommandTarget

__all__ = ["displays_in", "instead_of", "instead_of_given"]


def instead_of(entry: ResourceEntry, given: str) -> str:
    """What is written for what client libraries have, as its kind says it; "" where it does not."""
    return dict(entry.kind.instead).get(given, "")


def displays_in(doc: CommandDoc, command: Command) -> list[int]:
    """Which arguments of a command can be a mapping or a list."""
    kinds = dict(command.parameters)
    several = RecordType | ListType | SetType | DictType
    found = [kinds.get(name, UNIT) for _, name in doc.form.places]
    return [i for i, kind in enumerate(found) if isinstance(without_option(kind), several)]


def instead_of_given(
    entry: ResourceEntry, node: ast.Call, target: CommandTarget, displays: Sequence[int], *,
    fits: bool,
) -> str:  # fmt: skip
    """The same of what a command is given: a parameter with a value that it cannot have, a
    mapping, a list (but for the `displays`, which it takes), a text; and where no form of it
    `fits`, a parameter, or so many arguments. Any text is told of where something stands beside
    it, for a key may be meant; or where nothing fits."""
    named = [each for each in node.keywords if each.arg is not None]
    values = [(str(e.arg), e.value.value) for e in named if isinstance(e.value, ast.Constant)]
    for form in (each.form for each in entry.forms(target.command)):
        values += [
            (name, given.value)
            for (text, name), given in zip(form.places, node.args, strict=False)
            if text is None and isinstance(given, ast.Constant)
        ]
    kinds = [f"{name}={value!r}" for name, value in values]
    for number, each in enumerate(node.args):
        match each:
            case ast.Dict() if number not in displays:
                kinds.append("{}")
            case ast.List() if number not in displays:
                kinds.append("[]")
            case ast.Constant(value=str(text)):
                kinds.append(f'"{text}"')
    kinds += [] if fits else [*(str(each.arg) for each in named), str(len(node.args))]
    texts = [each for each in target.shape.texts if each is not None]
    kinds += ['""'] if texts and (not fits or len(node.args) > 1) else []
    found = (instead_of(entry, f"{target.command}({each})") for each in kinds)
    return next(filter(None, found), "") or ("" if fits else _without_key(entry, target))


def _without_key(entry: ResourceEntry, target: CommandTarget) -> str:
    """That a call gives a key, where that is all that is too much."""
    shape = target.shape
    if not shape.texts or shape.texts[0] is None:
        return ""
    rest = replace(target, shape=replace(shape, texts=shape.texts[1:]))
    return "" if entry.fitting(rest) is None else "the resource has its key: leave it out"
