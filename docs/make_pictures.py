"""Makes the pictures of the documentation from the specs: `uv run python docs/make_pictures.py`.

They are what the tool itself draws, letter for letter; a test fails when they are out of
date.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from model_check import check, compare
from model_check.report.layout import Drawing, draw, find_programs
from model_check.report.space_picture import write_dot
from model_check.report.trace_picture import trace_svg

ROOT = Path(__file__).parent.parent


LAYOUT = "graphviz-pure"
"""What lays out the pictures here: the program that comes with the tool, in one version."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The file that a picture goes to, and what draws it, as SVG."""

    file: str
    draw: Callable[[], str]


def trace(spec: str, violated: str) -> str:
    """The trace that violates a property of a spec."""
    result = check(spec)
    return trace_svg(result.report, result[violated])


def space(spec: str) -> str:
    """All reachable states of a spec."""
    result = check(spec, reason=False)
    programs = tuple(each for each in find_programs() if each.name == LAYOUT)
    drawing = draw(write_dot(result.report, result.states), "svg", programs)
    assert isinstance(drawing, Drawing), drawing.reason
    return drawing.data.decode("utf-8")


def compared(first: str, second: str) -> str:
    """The schedule that violates the first spec, on both."""
    return compare(first, second).picture()


PICTURES = (
    Picture("docs/legacy.svg", partial(trace, "specs/legacy.yaml", "no_loss")),
    Picture(
        "docs/fix-subscribe-first.svg", partial(trace, "specs/fix-subscribe-first.yaml", "no_loss")
    ),
    Picture("docs/fix-both.svg", partial(compared, "specs/legacy.yaml", "specs/fix-both.yaml")),
    Picture("docs/space.svg", partial(space, "specs/legacy.yaml")),
)


def drawn(picture: Picture) -> str:
    """The picture as it is now."""
    with chdir(ROOT):  # a picture names its spec as the user does
        return picture.draw()


def main() -> None:
    for picture in PICTURES:
        (ROOT / picture.file).write_text(drawn(picture), encoding="utf-8")


if __name__ == "__main__":
    main()
