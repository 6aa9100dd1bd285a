"""Makes the pictures of the documentation from the specs: `uv run python docs/make_pictures.py`.

They are what the tool itself draws, letter for letter; a test fails when they are out of
date.
"""

from __future__ import annotations

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from model_check import check
from model_check.report.trace_picture import trace_svg

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Picture:
    """The trace that violates a property of a spec, and the file it goes to."""

    spec: str
    violated: str
    file: str


PICTURES = (
    Picture("specs/legacy.yaml", "no_loss", "docs/legacy.svg"),
    Picture("specs/fix-subscribe-first.yaml", "no_loss", "docs/fix-subscribe-first.svg"),
)


def drawn(picture: Picture) -> str:
    """The picture as it is now, as SVG."""
    with chdir(ROOT):  # a picture names its spec as the user does
        result = check(picture.spec)
    return trace_svg(result.report, result[picture.violated])


def main() -> None:
    for picture in PICTURES:
        (ROOT / picture.file).write_text(drawn(picture), encoding="utf-8")


if __name__ == "__main__":
    main()
