"""A sweep as a page of its own, and as a notebook's cell shows it: its curves, and the numbers.

The page has no script: what is drawn are images, and the numbers a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...results.likelihood import LikelihoodReport, Likelihoods
from ..words.likelihood import NO_VERDICT, cells_of, method_text, sweep_method_text, time_text
from .cell import picture_html, text_html
from .markup import Markup, element, trusted

__all__ = ["cell_html", "sweep_html"]

STYLE = """
:root{color-scheme:light dark}
body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}
th,td{text-align:right;padding:.2rem .8rem;border-bottom:1px solid light-dark(#d5dbe1,#2c3844)}
code{overflow-wrap:anywhere}
"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def sweep_html(found: Likelihoods, pictures: Mapping[str, str]) -> str:
    """The page of a sweep, as the text of an HTML file; `pictures`: its curves, by property."""
    names = ", ".join(each.name for each in found.reports)
    title = f"How likely runs go wrong: {names}"
    head = element(
        "head", {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", {}, f"{title} (model-check)"),
        element("style", {}, trusted(STYLE)),
    )  # fmt: skip
    body = element(
        "body", {},
        element("h1", {}, title),
        [_spec(each) for each in found.reports],
        [_section(found, name, picture) for name, picture in pictures.items()],
        element("p", {}, NO_VERDICT),
        element("p", {}, "The same again: ", element("code", {}, found.command)),
    )  # fmt: skip
    return f"<!doctype html>\n{element('html', {'lang': 'en'}, head, body)}\n"


def cell_html(found: Likelihoods, text: str, pictures: Mapping[str, str]) -> str:
    """What a notebook shows: the text, and the curves of a sweep."""
    drawn = [picture_html(svg, _alt(found, name)) for name, svg in pictures.items()]
    return element("div", {"class": "model-check"}, trusted(text_html(text)), drawn)


def _spec(report: LikelihoodReport) -> Markup:
    """What was assumed of a spec, and how it was found out."""
    times = [
        element("li", {}, element("code", {}, f"{each.step}: {each.text}")) for each in report.times
    ]
    unsaid = f"No time: {', '.join(report.unsaid)}" if report.unsaid else None
    how = f"Nothing can be said: {report.undecided}" if report.undecided else None
    how = how or f"At these times: {method_text(report)}."
    return element(
        "details", {}, element("summary", {}, f"{report.name}, {report.path}"),
        element("ul", {}, times) if times else None,
        element("p", {}, unsaid) if unsaid else None, element("p", {}, how),
        [element("p", {}, note) for note in (*report.notes, report.stopped) if note],
    )  # fmt: skip


def _section(found: Likelihoods, name: str, picture: str) -> Markup:
    """The curves of a property, and the numbers."""
    swept = [each for each in found.reports if each.points]
    shares = [cells_of(each, name) for each in swept]
    heads = [swept[0].swept, *(each.name for each in swept)]
    rows = [
        element(
            "tr", {}, element("th", {"scope": "row"}, time_text(time)),
            [element("td", {}, each.get(time, "")) for each in shares],
        )
        for time in sorted({time for each in shares for time in each})
    ]  # fmt: skip
    return element(
        "section", {},
        element("h2", {}, name), picture_html(picture, _alt(found, name)),
        element(
            "table", {},
            element("thead", {}, element("tr", {}, _heads(heads))), element("tbody", {}, rows),
        ),
        element("p", {}, "; ".join(sweep_method_text(each, name) for each in swept)),
    )  # fmt: skip


def _heads(names: Sequence[str]) -> list[Markup]:
    return [element("th", {"scope": "col"}, each) for each in names]


def _alt(found: Likelihoods, name: str) -> str:
    """What a picture shows, for those who do not see it."""
    swept = next(each.swept for each in found.reports if each.points)
    return f"The share of runs that violate {name}, by the mean time of {swept}; the table has it"
