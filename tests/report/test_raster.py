"""The PNG is the SVG itself; where it cannot be drawn, a sentence says why."""

from __future__ import annotations

import struct
import sys

import pytest
import resvg_py
from model_check.report.pictures import raster
from model_check.report.pictures.layout_program import Image, NoImage
from model_check.report.pictures.raster import png_of
from model_check.report.pictures.trace import trace_svg
from report_samples import legacy_report

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}"></svg>'


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_png_is_the_svg_with_twice_as_many_pixels() -> None:
    report = legacy_report()
    svg = trace_svg(report, report.results[0])
    drawn = png_of(svg)
    if isinstance(drawn, NoImage):  # a machine without fonts
        assert "install one" in drawn.reason
        return
    assert drawn.data.startswith(b"\x89PNG")
    width, height = size_of(drawn.data)
    assert abs(width - 2 * float(svg.split('width="')[1].split('"')[0])) <= 1
    assert height > 1000


def test_a_very_long_picture_gets_fewer_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "MOST_PIXELS", 10_000)
    monkeypatch.setattr(raster, "_missing_fonts", lambda: "")
    drawn = png_of(SVG.format(100, 400))
    assert isinstance(drawn, Image)
    width, height = size_of(drawn.data)
    assert width * height <= 10_000
    assert abs(height / width - 4) < 0.1


def test_without_fonts_there_is_no_picture_without_words(monkeypatch: pytest.MonkeyPatch) -> None:
    real = resvg_py.svg_to_bytes
    monkeypatch.setattr(
        resvg_py, "svg_to_bytes", lambda svg, **more: real(svg, skip_system_fonts=True, **more)
    )
    outcome = png_of(SVG.format(10, 10))
    assert isinstance(outcome, NoImage)
    assert "fonts-dejavu-core" in outcome.reason


def test_without_the_package_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    assert png_of("<svg") == NoImage("the package resvg-py is missing: install it")
