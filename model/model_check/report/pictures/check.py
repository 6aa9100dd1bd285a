"""From a report to pictures in its folder: of each violation's trace, and of the explored space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from typing import Literal as OneOf

from ...results.check import CheckReport, PropertyResult, trace_of, with_trace
from ..folder import SPACE, Folder, stem_of
from ..words.phrases import steps_text
from .dark import seen_in_the_dark
from .layout_program import Format, Image, NoImage, draw
from .mermaid import mermaid_text
from .raster import png_of
from .space import Legend, legend_of, picture_of, space_dot
from .trace import trace_svg
from .trace_dot import trace_dot

if TYPE_CHECKING:
    from ...verify.state_graph import StateGraph

__all__ = ["CheckImages", "Painter", "PictureFormat", "Pictures", "space_svg"]

Painter = Callable[[str, Format], Image | NoImage]
"""Lays out DOT and draws it in a format."""
PictureFormat = OneOf["svg", "png", "pdf", "mermaid"]
"""What can be asked for; Mermaid is text, and of traces only."""
_LAID_OUT: tuple[Format, ...] = ("png", "pdf")
STEPS_DRAWN = 500
"""The longest trace that is drawn: some 15,000 pixels of picture."""


@dataclass(slots=True)
class CheckImages:
    """SVG of the traces by property, and of the space ("": not drawn). `nodes` is by the number
    of a state the number of the node of the space's picture that stands for it,
    and `legend` says what the signs of that picture mean."""

    traces: dict[str, str] = field(default_factory=dict)
    space: str = ""
    nodes: tuple[int, ...] = ()
    legend: Legend | None = None


def space_svg(report: CheckReport, graph: StateGraph) -> str:
    """The picture of the space as the text of an SVG file; "" where no layout program draws it."""
    outcome = draw(space_dot(report, picture_of(report, graph)), "svg")
    if not isinstance(outcome, Image):
        return ""
    return seen_in_the_dark(outcome.data.decode("utf-8", "replace"))


class Pictures:
    """Draws a report's pictures into its folder, each as SVG and in `formats`."""

    def __init__(
        self,
        report: CheckReport,
        folder: Folder,
        formats: Sequence[PictureFormat],
        painter: Painter | None,
    ) -> None:
        self.report = report
        self.folder = folder
        self.formats = frozenset(formats)
        self.painter = painter or draw
        self.drawn = CheckImages()

    def draw(self, graph: StateGraph | None) -> None:
        """Draw all traces, and the space if it is not too large (then `graph` is None)."""
        for result in with_trace(self.report):
            self._trace(result)
        if graph is not None:
            picture = picture_of(self.report, graph)
            dot = space_dot(self.report, picture)
            self.folder.write(f"{SPACE}.dot", dot)
            others = [form for form in _LAID_OUT if form in self.formats]
            self.drawn.space = self._paint(SPACE, dot, ("svg", *others))
            self.drawn.nodes = picture.node_of
            self.drawn.legend = legend_of(self.report, picture)
        elif self.report.space.simulation is None:
            states = f"{self.report.space.states:,} states"
            self.folder.notes.append(f"no picture of the space: {states} are too many for one")

    def _trace(self, result: PropertyResult) -> None:
        stem = stem_of(result.name)
        if (count := len(trace_of(result).steps)) > STEPS_DRAWN:
            steps = steps_text(count)
            self.folder.notes.append(f"no picture of {result.name}: {steps} are too many for one")
            return
        svg = trace_svg(self.report, result)
        self.drawn.traces[result.name] = svg
        self.folder.write(f"{stem}.svg", svg)
        dot = trace_dot(self.report, result)
        self.folder.write(f"{stem}.dot", dot)
        if "mermaid" in self.formats:
            self.folder.write(f"{stem}.mmd", mermaid_text(self.report, result))
        if "png" in self.formats:
            self._keep(f"{stem}.png", png_of(svg))
        if "pdf" in self.formats:
            self._paint(stem, dot, ("pdf",))

    def _paint(self, stem: str, dot: str, formats: Sequence[Format]) -> str:
        """Write a picture in these formats; give it as SVG, if that was drawn."""
        svg = ""
        for form in formats:
            outcome = self.painter(dot, form)
            if form == "svg" and isinstance(outcome, Image):
                svg = seen_in_the_dark(outcome.data.decode("utf-8", "replace"))
                outcome = replace(outcome, data=svg.encode())
            self._keep(f"{stem}.{form}", outcome)
        return svg

    def _keep(self, name: str, outcome: Image | NoImage) -> None:
        if isinstance(outcome, Image):
            self.folder.write(name, outcome.data)
        else:
            self.folder.notes.append(f"no {name}: {outcome.reason}")
