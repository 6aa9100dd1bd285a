"""Pictures in files of their own are dark where the reader's screen is, and say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from made_snapshots import ROOT
from model_check.report.page.picture import clean_svg
from model_check.report.pictures import palette
from model_check.report.pictures.dark import DARK, NAMED, seen_in_the_dark
from model_check.report.pictures.layout_program import Image
from model_check.report.pictures.raster import png_of

RULE = re.compile(r"^\[(\w+)=\"([^\"]+)\"\]\{\1:(#\w{6})\}$", re.MULTILINE)


PICTURES = [*ROOT.glob("docs/*.svg"), *ROOT.glob("tests/report/snapshots/*.svg")]
OURS = [each for each in PICTURES if "<title>" in each.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_every_colour_of_a_kept_picture_has_one_in_the_dark(path: Path) -> None:
    picture = path.read_text(encoding="utf-8")
    rules = {(what, colour): dark for what, colour, dark in RULE.findall(picture)}
    drawn = set(re.findall(r'(fill|stroke)="(#\w+)"', picture))
    bright = {(what, colour) for what in ("fill", "stroke") for colour in palette.PROCESSES[1:]}
    assert drawn - bright == {each for each in rules if each[1] not in NAMED}
    assert all(DARK[NAMED.get(colour, colour)] == dark for (_, colour), dark in rules.items())


def test_what_ignores_style_sheets_shows_a_picture_as_it_is_in_the_light() -> None:
    picture = (ROOT / "docs/legacy.svg").read_text(encoding="utf-8")
    plain = re.sub(r"\n<style>.*?</style>", "", picture, flags=re.DOTALL)
    assert plain != picture
    one, other = png_of(picture), png_of(plain)
    assert isinstance(one, Image)
    assert one == other
    assert clean_svg(picture, "x") == clean_svg(plain, "x")


def test_colours_that_a_layout_program_names_have_one_too() -> None:
    drawn = '<svg width="1pt"><polygon fill="white" stroke="black"/></svg>'
    picture = seen_in_the_dark(drawn)
    assert RULE.findall(picture) == [
        ("fill", "white", DARK[palette.PAPER]),
        ("stroke", "black", DARK[palette.INK]),
    ]
    assert picture.startswith('<svg width="1pt">\n<style>')


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", ["INK", "MUTED", "BLUE", "GREEN", "RED", "AMBER"])
@pytest.mark.parametrize("ground", ["PAPER", "PALE_AMBER", "PALE_BLUE", "STRIPE"])
def test_a_text_can_be_read_in_the_dark(name: str, ground: str) -> None:
    low, high = sorted(_luminance(DARK[getattr(palette, each)]) for each in (name, ground))
    assert (high + 0.05) / (low + 0.05) >= 4.5
