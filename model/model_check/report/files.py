"""What a run writes: everything about a model, in a folder of its name.

A file appears whole or not at all (it is written beside its place and then moved), so that
a reader never sees half of one. What an earlier run wrote and this one does not is removed,
by the list in the earlier `result.json`: files of other origin are never touched.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..verify.outcome import PropertyResult
from .itf import itf_text
from .layout import Drawing, Format, NotDrawn, draw
from .result_json import SCHEMA, result_text
from .space_picture import write_dot
from .story import outcome_text, steps_text
from .summary import CheckReport, violated_with_trace
from .trace_dot import trace_dot
from .trace_picture import trace_svg

if TYPE_CHECKING:
    import networkx

__all__ = ["RESULT_NAME", "OutputError", "Written", "write_outputs"]

RESULT_NAME = "result.json"
SPACE = "space"
STEPS_DRAWN = 500
"""The longest trace that is drawn: some 15,000 pixels of picture."""
_MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PROPERTY_NAME = re.compile(r"[^\W\d]\w{0,127}")
_OUR_SUFFIXES = (".json", ".dot", ".svg", ".png", ".pdf", ".graphml")

Painter = Callable[[str, Format], Drawing | NotDrawn]


class OutputError(Exception):
    """The folder cannot be written, or a name cannot be one of a file: says which and why."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a run, and what is to be said about those that are not there."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Folder:
    path: Path
    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def write(self, name: str, data: str | bytes) -> None:
        place = self.path / name
        _write_atomically(place, data.encode("utf-8") if isinstance(data, str) else data)
        self.written.append(place)


def write_outputs(
    report: CheckReport,
    graph: networkx.MultiDiGraph[int] | None,
    directory: Path,
    formats: Sequence[Format] = (),
    draw_pictures: bool = True,
    graphml: bool = False,
    painter: Painter = draw,
) -> Written:
    """Write everything about the check into `directory`/model.

    `graph` are all the states (None: too many for a picture), `formats` the picture formats
    beside SVG; without `draw_pictures` no layout program runs. Raises `OutputError`.
    """
    folder = _Folder(_folder_of(report, directory))
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        earlier = _earlier_files(folder.path)
        wanted: tuple[Format, ...] = tuple(dict.fromkeys(f for f in formats if f != "svg"))
        for result in violated_with_trace(report):
            _write_trace(folder, report, result, wanted if draw_pictures else (), painter)
        if graph is not None:
            kinds: tuple[Format, ...] = ("svg", *wanted) if draw_pictures else ()
            _write_space(folder, report, graph, kinds, graphml, painter)
        elif draw_pictures:
            folder.notes.append(
                f"no picture of the space: {report.space.states:,} states are too many for one"
            )
        names = (*(path.name for path in folder.written), RESULT_NAME)
        notes = (*report.notes, *folder.notes)
        folder.write(RESULT_NAME, result_text(replace(report, files=names, notes=notes)))
        for name in earlier - set(names):
            (folder.path / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
    return Written(tuple(folder.written), tuple(folder.notes))


def _folder_of(report: CheckReport, directory: Path) -> Path:
    if not _MODEL_NAME.fullmatch(report.model):
        raise OutputError(f"a model named {report.model!r} cannot have a folder of its name")
    return directory / report.model


def _write_trace(
    folder: _Folder,
    report: CheckReport,
    result: PropertyResult,
    formats: Iterable[Format],
    painter: Painter,
) -> None:
    stem = _stem(result.name)
    assert result.trace is not None
    folder.write(f"{stem}.itf.json", itf_text(result.trace, report.path, outcome_text(result)))
    if len(result.trace.steps) > STEPS_DRAWN:
        steps = steps_text(len(result.trace.steps))
        folder.notes.append(f"no picture of {result.name}: {steps} are too many for one")
        return
    folder.write(f"{stem}.svg", trace_svg(report, result))
    dot = trace_dot(report, result)
    folder.write(f"{stem}.dot", dot)
    _paint(folder, stem, dot, formats, painter)


def _stem(name: str) -> str:
    """The name of a property's files; a property called `space` must not take the space's."""
    if not _PROPERTY_NAME.fullmatch(name):
        raise OutputError(f"a property named {name!r} cannot have files of its name")
    return f"{name}.trace" if name.lower() in (SPACE, "result") else name


def _write_space(
    folder: _Folder,
    report: CheckReport,
    graph: networkx.MultiDiGraph[int],
    formats: Iterable[Format],
    graphml: bool,
    painter: Painter,
) -> None:
    dot = write_dot(report, graph)
    folder.write(f"{SPACE}.dot", dot)
    _paint(folder, SPACE, dot, formats, painter)
    if graphml:
        folder.write(f"{SPACE}.graphml", _graphml(graph))


def _paint(
    folder: _Folder, stem: str, dot: str, formats: Iterable[Format], painter: Painter
) -> None:
    for form in formats:
        outcome = painter(dot, form)
        if isinstance(outcome, Drawing):
            folder.write(f"{stem}.{form}", outcome.data)
        else:
            folder.notes.append(f"no {stem}.{form}: {outcome.reason}")


def _graphml(graph: networkx.MultiDiGraph[int]) -> str:
    """The graph as GraphML, which knows plain values only."""
    import networkx

    plain: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    for node, data in graph.nodes(data=True):
        plain.add_node(node, **{k: _plain(v) for k, v in data.items()})
    for source, target, key, data in graph.edges(keys=True, data=True):
        plain.add_edge(source, target, key=str(key), **{k: _plain(v) for k, v in data.items()})
    return "\n".join(networkx.generate_graphml(plain)) + "\n"


def _plain(value: object) -> int | str:
    if isinstance(value, int):
        return value
    text = " ".join(str(v) for v in value) if isinstance(value, tuple) else str(value)
    # XML 1.0 has no way to write a control character.
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _write_atomically(place: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{place.name[:80]}.", dir=place.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        # mkstemp makes files that only their owner can read; these are for sharing.
        temporary.chmod(0o644)
        temporary.replace(place)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _earlier_files(folder: Path) -> set[str]:
    """The names of the files that an earlier run wrote here, by its `result.json`."""
    try:
        document = json.loads((folder / RESULT_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return set()
    names = document.get("files")
    if not isinstance(names, list):
        return set()
    return {
        name
        for name in names
        if isinstance(name, str) and Path(name).name == name and name.endswith(_OUR_SUFFIXES)
    }
