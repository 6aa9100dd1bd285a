"""The texts that an editor has open, read and checked as the command line does with files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..language.draft import Draft
from ..language.source.diagnostics import Diagnostic, Position, Source, SpecError
from ..language.source.reach import means_kinds
from ..language.source.reader import typed_source
from ..language.source.recognize import KEYS, is_spec, means_to_be_spec, top_level_keys
from ..language.syntax.kindfile import load_kinds
from ..language.syntax.nodes import Document

__all__ = ["Texts", "by_file"]

TOO_DEEP = "something in the spec is nested too deeply"
FLATTER = "write it with fewer levels, a step or a define for each part"


@dataclass
class Texts:
    """What is `typed`, by the paths of the files; and of each spec the last form that could be
    read, for the moments at which what is typed cannot."""

    typed: dict[Path, str] = field(default_factory=dict)
    last: dict[Path, Document] = field(default_factory=dict)

    def source(self, path: Path) -> Source:
        """A text that is open."""
        return typed_source(path, self.typed.get(path, ""))

    def means_spec(self, path: Path) -> bool:
        """Whether a file is meant to be a spec, as it is typed or stands there."""
        return _means_spec(self.source(path)) if path in self.typed else is_spec(path)

    def may_be_spec(self, path: Path) -> bool:
        """Whether a text that is open is a spec, or can become one: nothing else stands in it."""
        source = self.source(path)
        return _means_spec(source) or top_level_keys(source.text) <= set(KEYS)

    def draft(self, path: Path, instead: Mapping[Path, str] | None = None) -> Draft:
        """A spec as it is typed, with other texts `instead`. Raises `SpecError`."""
        return Draft.read(path, typed={**self.typed, **(instead or {})})

    def document(self, path: Path, line: int | None = None) -> Document | None:
        """The form of a spec as it is typed; where that cannot be read, the last that could, or
        that without the `line` which somebody is about to write, counted from 0."""
        with suppress(SpecError, RecursionError):
            self.last[path] = self.draft(path).document()
        if path not in self.last and line is not None:
            for instead in self._without(path, line):
                with suppress(SpecError, RecursionError):
                    return self.draft(path, {path: instead}).document()
        return self.last.get(path)

    def _without(self, path: Path, line: int) -> Iterator[str]:
        """A text without a line: with none, or with a statement that does nothing."""
        lines = self.source(path).text.split("\n")
        indent = len(lines[line]) - len(lines[line].lstrip()) if line < len(lines) else 0
        for other in ("", " " * indent + "pass"):
            yield "\n".join([*lines[:line], other, *lines[line + 1 :]])

    def diagnostics(self, path: Path) -> tuple[Diagnostic, ...]:
        """All mistakes and warnings of a text, in whichever file they stand; none of one that is
        not meant to be a spec, or kinds."""
        source = self.source(path)
        try:
            if _means_spec(source):
                draft = self.draft(path)
                self.last[path] = draft.document()
                return draft.checked().warnings
            if means_kinds(source):
                load_kinds(source)
        except SpecError as error:
            return error.diagnostics
        except RecursionError:
            return (Diagnostic(Position(source, 1, 1), TOO_DEEP, FLATTER),)
        return ()


def _means_spec(source: Source) -> bool:
    """Whether a text is one of a spec, or the beginning of one."""
    keys = top_level_keys(source.text)
    return means_to_be_spec(keys) or (keys <= set(KEYS) and bool(keys & {"model", "extends"}))


def by_file(found: Iterable[Diagnostic]) -> dict[Path, list[Diagnostic]]:
    """Mistakes by the file in which they stand."""
    files: dict[Path, list[Diagnostic]] = {}
    for each in found:
        files.setdefault(Path(each.position.source.path), []).append(each)
    return files
