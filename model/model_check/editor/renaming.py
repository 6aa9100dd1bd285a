"""A label by another name: at its step, and wherever a spec names it, in all specs that share it.

The places are those that the checker found. What comes out is checked again before anything is
changed: a name that is no name, or is taken, is refused with the checker's own message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import ModelCheckError
from ..language.draft import Draft
from ..language.named_files import named_files
from ..language.source.diagnostics import Diagnostic, Diagnostics, Position, Source, SpecError
from ..language.source.recognize import find_specs
from ..language.source.text import Text
from ..language.syntax.names import identifier
from ..language.syntax.nodes import Document
from ..language.temporal import every_atom
from ..language.tree.spec import LabelUse
from .symbols import labels_in
from .texts import Texts

__all__ = ["NotRenamedError", "label_at", "renamed"]

MOST_SPECS = 2_000
"""Specs beside the one in which a label is renamed, among which those are looked for that share
it."""


class NotRenamedError(ModelCheckError):
    """Why a name stays as it is."""


def label_at(texts: Texts, path: Path, line: int, column: int) -> LabelUse | None:
    """The label at a place, both counted from 1; None where there is none. Raises SpecError where
    the spec has a mistake."""
    for use in _uses(texts.draft(path)):
        at = use.at
        is_here = at.column <= column <= at.column + len(use.label)
        if is_here and at.line == line and Path(at.source.path) == path:
            return use
    return None


def renamed(texts: Texts, path: Path, label: LabelUse, new: str) -> dict[Path, list[Position]]:
    """Where the label stands, by file: at each, its name is to be replaced. Raises
    NotRenamedError where the new name would be wrong, or one of the specs cannot be read."""
    _require_name(new)
    places: dict[Position, None] = {}
    specs = list(_sharing(texts, path))
    files: set[Path] = {path}
    met: set[Path] = set()
    while left := [s for s in specs if s not in met and files & set(_files(texts, s))]:
        for spec in left:
            met.add(spec)
            for use in _read(texts, spec):
                if (use.process, use.label) == (label.process, label.label):
                    places[use.at] = None
                    files.add(Path(use.at.source.path))
    found: dict[Path, list[Position]] = {}
    for at in places:
        _require_there(at, label.label)
        found.setdefault(Path(at.source.path), []).append(at)
    _require_right(texts, sorted(met), _changed(found, label.label, new))
    return found


def _read(texts: Texts, spec: Path) -> list[LabelUse]:
    try:
        return list(_uses(texts.draft(spec)))
    except SpecError as error:
        first = error.diagnostics[0].sentence()
        raise NotRenamedError(f"nothing is renamed before this is mended: {first}") from None


def _uses(draft: Draft) -> Iterator[LabelUse]:
    """Where labels stand in a spec and its alternatives."""
    for one in (draft, *map(draft.with_alternative, draft.alternatives)):
        document, named = one.document(), one.spec().label_uses
        yield from _declared(document)
        yield from named
        yield from _in_formulas(document, named)


def _declared(document: Document) -> Iterator[LabelUse]:
    for process in document.processes:
        names = [*labels_in(process.run), *process.strong, *process.never_taken]
        yield from (LabelUse(process.name.text, each.text, each.at) for each in names)


def _in_formulas(document: Document, named: Sequence[LabelUse]) -> Iterator[LabelUse]:
    """Where a temporal formula says again what it has said: that was checked where it stands
    first."""
    for wanted in document.properties:
        first: dict[str, Text] = {}
        for atom in () if wanted.in_time is None else every_atom(wanted.in_time):
            before = first.setdefault(atom.name, atom.text)
            if before is not atom.text:
                places = {before.at(offset): offset for offset in range(len(before.text))}
                for use in named:
                    if (offset := places.get(use.at)) is not None:
                        yield LabelUse(use.process, use.label, atom.text.at(offset))


def _sharing(texts: Texts, path: Path) -> Iterable[Path]:
    """The specs that may share something with one: those around the files it is read from."""
    folders = {file.parent for file in _files(texts, path)}
    found = [path, *texts.typed]
    for folder in sorted(folders):
        for spec in find_specs(folder):
            found.append(spec)
            if len(found) > MOST_SPECS:
                raise NotRenamedError(f"more than {MOST_SPECS:,} specs may share this label")
    return [spec for spec in dict.fromkeys(found) if texts.means_spec(spec)]


def _files(texts: Texts, spec: Path) -> tuple[Path, ...]:
    return named_files(spec, texts.typed)


def _require_name(new: str) -> None:
    errors = Diagnostics()
    identifier(Text.of(Source("", new)), "label", errors, callable_=True)
    if errors.found:
        raise NotRenamedError(_told(errors.found[0]))


def _told(first: Diagnostic) -> str:
    return f"{first.message} ({first.hint})" if first.hint else first.message


def _require_there(at: Position, name: str) -> None:
    if not at.source.line(at.line).startswith(name, at.column - 1):
        raise NotRenamedError(f"{at}: {name} is not written here as it is called")


def _changed(found: dict[Path, list[Position]], old: str, new: str) -> dict[Path, str]:
    """The texts with the new name."""
    texts = {}
    for path, places in found.items():
        lines = places[0].source.text.split("\n")
        for at in sorted(places, key=lambda each: (each.line, each.column), reverse=True):
            line = lines[at.line - 1]
            start = at.column - 1
            lines[at.line - 1] = line[:start] + new + line[start + len(old) :]
        texts[path] = "\n".join(lines)
    return texts


def _require_right(texts: Texts, specs: Sequence[Path], changed: dict[Path, str]) -> None:
    for spec in specs:
        try:
            draft = texts.draft(spec, changed)
            draft.spec()
            draft.check_alternatives()
        except SpecError as error:
            raise NotRenamedError(_told(error.diagnostics[0])) from None
