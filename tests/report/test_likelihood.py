"""How likely runs go wrong, in words, and as a curve."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from model_check.language.records import replace
from model_check.report.page.likelihood import cell_html, sweep_html
from model_check.report.pictures.curve import Curve, Mark, curve_svg, curves
from model_check.report.text.likelihood import render_likelihoods
from model_check.report.words.likelihood import (
    broken_anywhere,
    mean_text,
    share_text,
    time_text,
)
from model_check.results.likelihood import (
    Likelihood,
    LikelihoodReport,
    Likelihoods,
    Mean,
    Share,
    SweepPoint,
    ToldTime,
)

MS = 1_000_000


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(0.1, 0.1, 0.1), "10 %"),
        (Share(0.0, 0.0, 0.0), "0 %"),
        (Share(1 / 3, 1 / 3, 1 / 3), "33.33333 %"),
        (Share(3.2e-8, 3.2e-8, 3.2e-8), "3.2e-08 (1 in 31,000,000)"),
        (Share(0.17588, 0.171, 0.18087), "17.59 % (17.10 to 18.09 %)"),
        (Share(0.5, 0.39, 0.61), "50 % (39 to 61 %)"),
        (Share(0.0012, 0.00107, 0.00133), "0.120 % (0.107 to 0.133 %)"),
        (Share(2e-6, 1.5e-6, 2.5e-6), "2e-06 (1.5e-06 to 2.5e-06; 1 in 500,000)"),
        (Share(0.0, 0.0, 0.0038), "0 % (at most 0.38 %)"),
        (Share(0.0, 0.0, 3.8e-6), "0 % (at most 3.8e-06)"),
    ],
)
def test_a_share_has_the_digits_that_its_interval_bears_out(share: Share, text: str) -> None:
    assert share_text(share) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "0ms"), (5 * MS, "5ms"), (500_000, "500us"), (3_579_123, "3.579ms"), (1, "0.001us"),
        (1_500 * MS, "1.5s"), (60_000 * MS, "1min"), (2 * 3_600_000 * MS, "2h"),
    ],
)  # fmt: skip
def test_a_time_has_a_unit(time: int, text: str) -> None:
    assert time_text(time) == text


def test_a_mean_says_of_what() -> None:
    assert mean_text(Mean("missing", True, 0.1, 0.1, 0.1)) == "len(missing) is 0.1 in the mean"
    assert mean_text(Mean("n", False, 2.5, 2.4, 2.6)) == "n is 2.50 in the mean (2.40 to 2.60)"


def report(name: str, *points: tuple[int, float, float, float]) -> LikelihoodReport:
    """Of a spec with a property that is broken, and one that is not."""
    nothing = Share(0.0, 0.0, 0.0)
    swept = tuple(
        SweepPoint(
            time * MS,
            (("no_loss", Share(estimate, low, high)), ("in_order", nothing)),
            ("splitting" if time == 3 else "simulation", "orders"),
        )
        for time, estimate, low, high in points
    )
    found = (
        Likelihood("no_loss", Share(0.1, 0.09, 0.11, 10), (), "simulation"),
        Likelihood("in_order", nothing, (), "orders"),
    )
    return LikelihoodReport(
        name=name, path=f"{name}.yaml", method="simulation", runs=100, steps=900, seed=1,
        precision=0.005, times=(ToldTime("a.b", "5ms", "spec", "x.yaml:3"),), unsaid=("a.c",),
        properties=found, means=(), swept="a.b", points=swept,
    )  # fmt: skip


def zero(name: str, method: str, high: float = 0.0, runs: int | None = None) -> LikelihoodReport:
    """Of a spec of which no run breaks a property: surely, or as far as was seen; at two times,
    too."""
    share = Share(0.0, 0.0, high, runs)
    points = tuple(SweepPoint(time * MS, (("lost", share),), (method,)) for time in (1, 2))
    return replace(report(name), properties=(Likelihood("lost", share, (), method),), points=points)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (
            zero("exact", "regions"),
            "lost: 0 % of runs violate it, although some order of the steps does: it has no chance"
            " with these times",
        ),
        (
            zero("alike", "simulation", 0.0, 0),
            "lost: 0 % of runs violate it, although some order of the steps does: it has no chance"
            " with these times",
        ),
        (
            zero("seen", "simulation", 0.02, 0),
            "lost: 0 % (at most 2 %) of runs violate it, 0 did, although some order of the steps"
            " does",
        ),
        (
            zero("rounded", "markov", 1e-9),
            "lost: 0 % (at most 1e-09) of runs violate it, although some order of the steps does",
        ),
        (
            zero("orders", "orders"),
            "lost: violated by no run in which time goes on, in whatever order these steps come",
        ),
    ],
    ids=lambda each: each.name if isinstance(each, LikelihoodReport) else "",
)
def test_each_kind_of_nothing_is_told_apart(found: LikelihoodReport, text: str) -> None:
    alone = replace(found, points=())
    printed = render_likelihoods(Likelihoods((alone,), "x"), width=1000)
    assert [line for line in printed.splitlines() if line.startswith("lost")] == [text]


def test_a_sweep_tells_what_has_no_chance_from_what_no_order_does() -> None:
    def printed(*reports: LikelihoodReport) -> list[str]:
        text = render_likelihoods(Likelihoods(reports, "x"), width=1000)
        return [each for each in text.split("lost: the share")[-1].splitlines() if each]

    orders, exact = zero("no", "orders"), zero("yes", "regions")
    never = "lost: violated by no run in which time goes on, in whatever order these steps come"
    chance = "lost: 0 % of runs violate it at each of these times, although some order of the steps"
    assert printed(orders)[-2] == never
    assert printed(exact)[-2] == f"{chance} of yes does"
    assert printed(orders, exact)[-2] == f"{chance} of yes does"
    assert printed(exact, zero("too", "markov"))[-2] == f"{chance} of yes and too does"
    table = printed(orders, exact, zero("some", "simulation", 0.02, 0))
    assert table[1:4] == [
        "a.b  no                 yes  some",
        "1ms  0 %, in any order  0 %  0 % (at most 2 %)",
        "2ms  0 %, in any order  0 %  0 % (at most 2 %)",
    ]


OLD = report("old", (1, 0.1, 0.08, 0.12), (2, 0.2, 0.18, 0.22), (3, 0.4, 0.38, 0.42))
NEW = report("<new>", (1, 0.0, 0.0, 0.02), (2, 0.0, 0.0, 0.02), (3, 0.1, 0.08, 0.12))
BOTH = Likelihoods((OLD, NEW), "model-check likelihood old.yaml <new>.yaml")


def test_a_curve_is_drawn_of_each_property_that_is_broken_somewhere() -> None:
    assert broken_anywhere(BOTH) == ("no_loss",)
    assert [*curves(BOTH)] == ["no_loss"]
    assert curves(Likelihoods((report("quiet"),), "")) == {}


def numbers(path: str) -> list[tuple[float, float]]:
    """The corners of a path."""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def test_a_curve_lies_within_its_band_and_where_its_numbers_say() -> None:
    root = ET.fromstring(curves(BOTH)["no_loss"])
    paths = [each for each in root.iter() if each.tag.endswith("path")]
    bands = [numbers(each.get("d", "")) for each in paths if each.get("fill-opacity")]
    lines = [numbers(each.get("d", "")) for each in paths if each.get("stroke-width") == "2"]
    assert [len(each) for each in bands] == [6, 6]
    assert [len(each) for each in lines] == [3, 3]
    for band, line in zip(bands, lines, strict=True):
        for place, (x, y) in enumerate(line):
            (upper_x, upper), (lower_x, lower) = band[place], band[-1 - place]
            assert x == upper_x == lower_x
            assert upper <= y <= lower
    old, new = lines
    assert old[0][0] < old[1][0] < old[2][0]
    assert old[1][0] - old[0][0] == pytest.approx(old[2][0] - old[1][0], abs=0.2)
    # Twice the share is twice as high above where nothing is broken.
    ground = new[0][1]
    assert ground - old[1][1] == pytest.approx(2 * (ground - old[0][1]), abs=0.2)
    assert new[2][1] == pytest.approx(old[0][1], abs=0.1)


def test_marks_lie_over_curves_with_whiskers_where_they_were_measured() -> None:
    points = ((MS, Share(0.1, 0.1, 0.1)), (9 * MS, Share(0.9, 0.9, 0.9)))
    guess = Mark("guessed", 5 * MS, Share(0.5, 0.5, 0.5))
    measured = Mark("measured", 5 * MS, Share(0.6, 0.55, 0.65), 0)
    picture = curve_svg("title", "about", [Curve("spec", points)], [guess, measured])
    for text in ("guessed, 5ms: 50 %", "measured, 5ms: 60.0 % (55.0 to 65.0 %)", ">guessed<"):
        assert text in picture
    assert picture.count("<line") > curve_svg("title", "about", [Curve("spec", points)]).count(
        "<line"
    )


@pytest.mark.parametrize("time", [0, 1, 7 * MS, 3_600_000 * MS])
@pytest.mark.parametrize("share", [0.0, 1e-9, 0.5, 1.0])
def test_any_numbers_can_be_drawn(time: int, share: float) -> None:
    found = Share(share, share, share)
    picture = curve_svg("t", "a", [Curve("s", ((time, found), (time + 5, found)))])
    assert "nan" not in picture
    ET.fromstring(picture)


def test_a_page_escapes_what_comes_from_a_spec_and_has_the_numbers() -> None:
    page = sweep_html(BOTH, curves(BOTH))
    assert "<new>" not in page
    assert "&lt;new&gt;" in page
    assert "<td>20.0 % (18.0 to 22.0 %)</td><td>0 % (at most 2 %)</td>" in page
    assert "<script" not in page
    assert "data:image/svg+xml;base64," in page
    assert "no_loss: the share" in cell_html(BOTH, render_likelihoods(BOTH), curves(BOTH))


def test_the_text_has_a_table_for_each_property_and_no_line_is_too_wide() -> None:
    text = render_likelihoods(BOTH, width=60)
    assert "no_loss: 10.0 % (9.0 to 11.0 %) of runs violate it, 10 did" in " ".join(text.split())
    assert "in_order: violated by no run in which time goes on" in text
    assert re.search(
        r"^2ms +20\.0 % \(18\.0 to 22\.0 %\) +0 % \(at most 2 %\)$", text, re.MULTILINE
    )
    assert "old: simulated at 2, by splitting at 1; <new>: simulated at 2" in " ".join(text.split())
    assert "\x1b" not in text
    assert "\x1b" in render_likelihoods(BOTH, color=True)
    assert render_likelihoods(BOTH, unicode=False).isascii()
