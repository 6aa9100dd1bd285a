"""What a run writes: everything about a model, in a folder of its name.

What an earlier run wrote and this one does not is removed, by the list in the earlier
`result.json`: files of other origin are never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...budget.spending import StopNow, telling
from ...language.records import dataclass, replace
from ...results.check import CheckReport, trace_of, with_trace
from ..folder import SPACE, Folder, OutputError, folder_of, stem_of
from ..words.phrases import outcome_text
from .check import RESULT
from .earlier import RESULT_NAME, earlier_of
from .itf import itf_text

if TYPE_CHECKING:
    from ...verify.page_tables import PageTables
    from ...verify.state_graph import StateGraph
    from ..pictures.check import Painter, PictureFormat

__all__ = ["PAGE_NAME", "RESULT_NAME", "Outputs", "WrittenFiles", "write_outputs"]

PAGE_NAME = "report.html"


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """The files of a run, and what is to be said about those that are not there."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written beside the traces and the result: pictures (`draw`), in SVG and `formats`,
    with the page, and the space as GraphML. `keep`: where an earlier run found the same, what it
    wrote stays as it is, pictures and reasons that are not asked for now among it."""

    formats: Sequence[PictureFormat] = ()
    draw: bool = True
    graphml: bool = False
    keep: bool = False


def write_outputs(
    report: CheckReport,
    graph: StateGraph | None,
    directory: Path,
    wanted: Outputs | None = None,
    *,
    painter: Painter | None = None,
    tables: Callable[[int], PageTables] | None = None,
) -> WrittenFiles:
    """Write everything about the check into `directory`/model.

    `graph` are all the states (None: too many for a picture); `painter` runs a layout program,
    another one in tests. `tables` gives what the page walks through (see `page_html`; None: no
    page). Where the time is over before all is drawn, a note says so. Raises `OutputError`.
    """
    wanted = wanted or Outputs()
    folder = Folder(folder_of(report.model, directory))
    try:
        with telling():
            folder.make(directory)
            earlier = earlier_of(folder.path)
            if wanted.keep and earlier.tells(report):
                names = sorted(name for name in earlier.files if (folder.path / name).is_file())
                return WrittenFiles(tuple(folder.path / name for name in names), ())
        try:
            _write_traces(report, folder)
            if wanted.graphml and graph is not None:
                folder.write(f"{SPACE}.graphml", _graphml(graph))
            if wanted.draw:
                _draw(report, folder, graph, wanted, painter, tables)
        except StopNow as stop:
            folder.notes.append(f"not everything was written: {stop.why}")
        with telling():
            written = (*(path.name for path in folder.written), RESULT_NAME)
            notes = (*report.notes, *folder.notes)
            folder.write(RESULT_NAME, RESULT.text(replace(report, files=written, notes=notes)))
            for name in earlier.files - set(written):
                if not (folder.path / name).is_dir():
                    (folder.path / name).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder.path}: {error.strerror or error}") from error
    return WrittenFiles(tuple(folder.written), tuple(folder.notes))


def _write_traces(report: CheckReport, folder: Folder) -> None:
    for result in with_trace(report):
        text = itf_text(trace_of(result), report.path, outcome_text(result))
        folder.write(f"{stem_of(result.name)}.itf.json", text)


def _draw(
    report: CheckReport,
    folder: Folder,
    graph: StateGraph | None,
    wanted: Outputs,
    painter: Painter | None,
    tables: Callable[[int], PageTables] | None,
) -> None:
    # Loaded late: drawing takes longer to load than a small check to run.
    from ..pictures.check import Pictures

    pictures = Pictures(report, folder, wanted.formats, painter)
    pictures.draw(graph)
    if tables is not None:
        from ..page.document import page_html

        noted = replace(report, notes=(*report.notes, *folder.notes))
        folder.write(PAGE_NAME, page_html(noted, tables, pictures.drawn))


def _graphml(states: StateGraph) -> str:
    """The graph as GraphML, which knows plain values only."""
    import networkx

    from ...verify.state_graph import networkx_of

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
