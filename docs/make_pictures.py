"""Makes the pictures of the documentation from the specs: `uv run python docs/make_pictures.py`.

They are what the tool itself draws, letter for letter; a test fails when they are out of
date. Those of the gallery are made with them, by `make_gallery.py`. A page shows Mermaid
below `<!-- mermaid of specs/legacy.yaml no_loss -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from model_check import check, compare, how_likely
from model_check.report.pictures.curve import Curve, Mark, curve_svg
from model_check.report.pictures.dark import seen_in_the_dark
from model_check.report.pictures.layout_program import Image, draw, find_programs
from model_check.report.pictures.space import picture_of, space_dot
from model_check.results.likelihood import Share
from model_check.results.shares import share_interval

ROOT = Path(__file__).parent.parent
PAGES = ("docs/outputs.md",)
_MERMAID = re.compile(
    r"(?P<mark><!-- mermaid of (?P<spec>\S+) (?P<violated>\S+) -->\n)```mermaid\n.*?```\n",
    re.DOTALL,
)
LAYOUT = "graphviz-pure"
"""What lays out the pictures here: the program that comes with the tool, in one version."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The file that a picture goes to, and what draws it, as SVG."""

    file: str
    draw: Callable[[], str]


checked = cache(check)
"""A spec, checked once for all of its pictures."""


def trace(spec: str, violated: str) -> str:
    """The trace that violates a property of a spec."""
    return checked(spec).svg(violated)


def space(spec: str) -> str:
    """All reachable states of a spec."""
    result = checked(spec)
    programs = tuple(each for each in find_programs() if each.name == LAYOUT)
    dot = space_dot(result.report, picture_of(result.report, result.states))
    drawing = draw(dot, "svg", programs)
    assert isinstance(drawing, Image), drawing.reason
    return seen_in_the_dark(drawing.data.decode("utf-8"))


def compared(first: str, second: str) -> str:
    """The schedule that violates the first spec, on both."""
    return compare(first, second).picture()


def likely(
    spec: str,
    violated: str,
    sweep: str,
    guesses: dict[str, float],
    recorded: dict[str, tuple[int, int]],
) -> str:
    """How likely a property is violated by the time of a step, what others guessed, and how many of
    how many real connections `record` saw violate it."""
    found = how_likely(spec, properties=(violated,), sweep=sweep, points=50).found
    told = found.reports[0]
    points = tuple((point.time, dict(point.shares)[violated]) for point in told.points)
    marks = [
        Mark("as its authors guessed", _nanoseconds(time), Share(share, share, share))
        for time, share in guesses.items()
    ]
    marks += [
        Mark("measured by record, with its 95 % interval", _nanoseconds(time),
             Share(*share_interval(*counted)))
        for time, counted in recorded.items()
    ]  # fmt: skip
    title = f"{violated}: the share of runs that violate it"
    about = f"by the time of {told.swept}, a chunk every 50 ms; computed exactly"
    assert all(share.low == share.high for _, share in points)
    return curve_svg(title, about, [Curve(told.name, points)], marks)


def _nanoseconds(time: str) -> int:
    return round(float(time.removesuffix("ms")) * 1_000_000)


PICTURES = (
    Picture("docs/legacy.svg", partial(trace, "specs/legacy.yaml", "no_loss")),
    Picture(
        "docs/fix-subscribe-first.svg", partial(trace, "specs/fix-subscribe-first.yaml", "no_loss")
    ),
    Picture("docs/fix-both.svg", partial(compared, "specs/legacy.yaml", "specs/fix-both.yaml")),
    Picture("docs/lasso.svg", partial(trace, "docs/examples/poll.yaml", "answered_at_last")),
    Picture(
        "docs/tutorial/invite.svg", partial(trace, "docs/tutorial/specs/invite.yaml", "one_account")
    ),
    Picture("docs/space.svg", partial(space, "specs/legacy.yaml")),
    Picture(
        "docs/likelihood.svg",
        partial(
            likely,
            "specs/legacy.yaml",
            "no_loss",
            "gateway.subscribe=1ms..50ms",
            {"5ms": 0.1, "30ms": 0.6},
            {"5ms": (35, 300), "30ms": (180, 300)},
        ),
    ),
)


def drawn(picture: Picture) -> str:
    """The picture as it is now."""
    with chdir(ROOT):  # a picture names its spec as the user does
        return picture.draw()


def refreshed(page: str) -> str:
    """The page with every Mermaid text as it is now."""

    def block(match: re.Match[str]) -> str:
        with chdir(ROOT):
            text = checked(match["spec"]).mermaid(match["violated"])
        return f"{match['mark']}```mermaid\n{text}```\n"

    return _MERMAID.sub(block, page)


def main() -> None:
    for name in PAGES:
        page = ROOT / name
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")
    for picture in PICTURES:
        (ROOT / picture.file).write_text(drawn(picture), encoding="utf-8")
    import make_gallery  # beside this file, where it is started

    make_gallery.main()


if __name__ == "__main__":
    main()
