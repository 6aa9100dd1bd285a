"""What a run writes: everything about a model, in a folder of its name.

A file appears whole or not at all (it is written beside its place and then moved), so that
a reader never sees half of one. What an earlier run wrote and this one does not is removed,
by the list in the earlier `result.json`: files of other origin are never touched.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..budget.spending import StopNow, whole
from ..language.file_names import why_no_folder, why_no_stem
from ..language.records import dataclass, field
from .itf import itf_text
from .json_file import JsonError, read_json
from .result_json import SCHEMA, result_text
from .story import outcome_text
from .summary import CheckReport, violated_with_trace

if TYPE_CHECKING:
    from ..verify.graph import StateGraph
    from ..verify.tables import SpaceTables
    from .pictures import Painter, PictureFormat

__all__ = [
    "PAGE_NAME", "RESULT_NAME", "SPACE", "Folder", "OutputError", "Written", "folder_of", "stem_of",
    "write_outputs",
]  # fmt: skip

RESULT_NAME = "result.json"
PAGE_NAME = "report.html"
SPACE = "space"
_OUR_FILE = re.compile(r"[\w.-]{1,200}\.(json|dot|svg|png|pdf|mmd|graphml|html)")


class OutputError(Exception):
    """The folder cannot be written, or a name cannot be one of a file: says which and why."""


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a run, and what is to be said about those that are not there."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class Folder:
    """A model's folder, what was written into it, and notes on what could not be."""

    path: Path
    written: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def make(self, root: Path) -> None:
        """Make the folder, which is below `root`. A link on the way would lead elsewhere: raises
        `OutputError` where there is one, OSError where the system refuses."""
        root.mkdir(parents=True, exist_ok=True)
        place = root
        for part in self.path.relative_to(root).parts:
            place /= part
            if place.is_symlink():
                raise OutputError(
                    f"{place} is a link: nothing is written through it (remove it, or name"
                    " another folder with --out)"
                )
            try:
                place.mkdir(exist_ok=True)
            except UnicodeEncodeError as error:
                raise _unnameable(place) from error

    def write(self, name: str, data: str | bytes) -> None:
        """Write a file, whole or not at all. What stands for a byte that is no UTF-8, in the name
        of a file, is written as JSON writes it."""
        place = self.path / name
        if isinstance(data, str):
            data = data.encode("utf-8", "backslashreplace")
        try:
            _write_atomically(place, data)
        except UnicodeEncodeError as error:
            raise _unnameable(place) from error
        self.written.append(place)


def _unnameable(place: Path) -> OutputError:
    """A name of the spec that the system's encoding of file names does not have."""
    return OutputError(
        f"cannot write {place}: the locale has no such letters in the names of files (say"
        " PYTHONUTF8=1, or give the model and its properties other names)"
    )


def write_outputs(
    report: CheckReport,
    graph: StateGraph | None,
    directory: Path,
    formats: Sequence[PictureFormat] = (),
    draw_pictures: bool = True,
    graphml: bool = False,
    painter: Painter | None = None,
    tables: Callable[[int], SpaceTables] | None = None,
) -> Written:
    """Write everything about the check into `directory`/model.

    `graph` are all the states (None: too many for a picture), `formats` the picture formats
    beside SVG; `painter` runs a layout program, another one in tests. `tables` gives what the
    page walks through (see `page_html`; None: no page). Where the time is over before all is
    drawn, a note says so. Raises `OutputError`.
    """
    folder = Folder(folder_of(report.model, directory))
    try:
        folder.make(directory)
        earlier = _earlier_files(folder.path)
        try:
            _write_all_but_the_result(
                report, folder, graph, formats, draw_pictures, graphml, painter, tables
            )
        except StopNow as stop:
            folder.notes.append(f"not everything was written: {stop.why}")
        names = (*(path.name for path in folder.written), RESULT_NAME)
        notes = (*report.notes, *folder.notes)
        folder.write(RESULT_NAME, result_text(replace(report, files=names, notes=notes)))
        for name in earlier - set(names):
            if not (folder.path / name).is_dir():
                (folder.path / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
    return Written(tuple(folder.written), tuple(folder.notes))


def _write_all_but_the_result(
    report: CheckReport,
    folder: Folder,
    graph: StateGraph | None,
    formats: Sequence[PictureFormat],
    draw_pictures: bool,
    graphml: bool,
    painter: Painter | None,
    tables: Callable[[int], SpaceTables] | None,
) -> None:
    for result in violated_with_trace(report):
        assert result.trace is not None
        text = itf_text(result.trace, report.path, outcome_text(result))
        folder.write(f"{stem_of(result.name)}.itf.json", text)
    if graphml and graph is not None:
        folder.write(f"{SPACE}.graphml", _graphml(graph))
    if draw_pictures:
        # Loaded late: drawing takes longer to load than a small check to run.
        from .pictures import Pictures

        pictures = Pictures(report, folder, formats, painter)
        pictures.draw(graph)
        if tables is not None:
            from .page.document import page_html

            noted = replace(report, notes=(*report.notes, *folder.notes))
            folder.write(PAGE_NAME, page_html(noted, tables, pictures.drawn))


def folder_of(model: str, directory: Path) -> Path:
    """The folder of a model. Raises `OutputError` for a name that would lead elsewhere."""
    why, hint = why_no_folder(model)
    if why:
        raise OutputError(f"a model named {model!r} cannot have a folder of its name: {hint}")
    return directory / model


def stem_of(name: str) -> str:
    """The name of a property's files. Raises `OutputError` for one that cannot be that."""
    why, hint = why_no_stem(name)
    if why:
        raise OutputError(f"a property named {name!r} cannot have files of its name: {hint}")
    return name


def _graphml(states: StateGraph) -> str:
    """The graph as GraphML, which knows plain values only."""
    import networkx

    from ..verify.graph import networkx_of

    graph = networkx_of(states)
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
    # Named before it is there: whatever moment this is ended at, it is removed.
    temporary = place.with_name(f".{place.name[:80]}.{secrets.token_hex(4)}")
    with whole():
        try:
            with temporary.open("xb") as file:
                file.write(data)
            temporary.chmod(0o644)
            temporary.replace(place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _earlier_files(folder: Path) -> set[str]:
    """The names of the files that an earlier run wrote here, by its `result.json`."""
    try:
        document = read_json(folder / RESULT_NAME, links=False)
        if document.get("schema").value != SCHEMA:
            return set()
        names = [each.text() for each in document.get("files").items()]
    except JsonError:
        return set()  # what an earlier run wrote is not known: all of it stays
    return {name for name in names if _OUR_FILE.fullmatch(name)}
