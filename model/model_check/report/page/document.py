"""The whole page: one file, with its style, its script and its data in it.

It loads nothing and sends nothing: the page's own policy forbids it, and names by their
hashes the one style and the one script that may work.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from ...results.check import CheckReport, with_trace
from ...verify.page_tables import MOST_ROWS, PageTables
from ..pictures.check import CheckImages
from ..pictures.dark import page_rules
from ..pictures.trace import HEAD
from ..words.keys import Keys
from ..words.phrases import headline, outcome_text
from .data import MOST_BYTES, json_for_script, page_data
from .markup import Markup, element, trusted
from .panels import copies, own_walk, player, space_picture, state_panel
from .picture import clean_space, clean_svg
from .sections import case, header, sources, verdicts

__all__ = ["hash_of", "page_html"]

SCRIPTS = (
    "walk.js", "show.js", "draw.js", "pen.js", "pictures.js", "own.js", "address.js", "kept.js",
    "copy.js", "main.js",
)  # fmt: skip


def page_html(
    report: CheckReport, tables_of: Callable[[int], PageTables], images: CheckImages
) -> str:
    """The page of a check, as the text of an HTML file.

    `tables_of` gives the space's tables, those of its traces alone where it has more states
    than it is told; `images` are the pictures.
    """
    tables = tables_of(MOST_ROWS)
    data = json_for_script(page_data(report, tables, images.nodes))
    if tables.whole and len(data.encode("utf-8")) > MOST_BYTES:
        tables = tables_of(0)
        data = json_for_script(page_data(report, tables, images.nodes))
    style = _packaged("page.css") + page_rules()
    script = '"use strict";\n(() => {\n' + "\n".join(map(_packaged, SCRIPTS)) + "})();\n"
    head = element(
        "head", {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy",
                         "content": _policy(style, script)}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("title", {}, f"{report.model}: {_title(report)} (model-check)"),
        element("style", {}, trusted(style)),
    )  # fmt: skip
    body = element(
        "body", {},
        element("a", {"class": "skip", "href": "#state-title"}, "Go to the state"),
        header(report),
        element("main", {}, _stage(report, tables, images)),
        player(),
        *copies(),
        element("script", {"type": "application/json", "id": "space-data"}, trusted(data)),
        element("script", {}, trusted(script)),
    )  # fmt: skip
    page = element("html", {"lang": "en"}, head, "\n", body)
    return f"<!doctype html>\n{page}\n"


def _stage(report: CheckReport, tables: PageTables, images: CheckImages) -> Markup:
    """What is looked at, and beside it the state and the source."""
    cases = [
        case(
            result, tables,
            _cleaned(images.traces.get(result.name, ""), outcome_text(result), HEAD),
            Keys(report.resources),
        )
        for result in with_trace(report)
    ]  # fmt: skip
    label = f"The {report.space.states:,} reachable states"
    space = clean_space(images.space, label) if images.space else ""
    return element(
        "div", {"class": "stage"},
        element("div", {"class": "looked-at"}, verdicts(report), own_walk(), cases,
                space_picture(report, tables, space, images.legend)),
        element(
            "aside", {"class": "beside", "aria-label": "The current step"},
            state_panel(report, tables), sources(report, tables.sources),
        ),
    )  # fmt: skip


def _cleaned(svg: str, label: str, head: float) -> str:
    return clean_svg(svg, label, head) if svg else ""


def _title(report: CheckReport) -> str:
    violated = [headline(r) for r in report.results if r.verdict == "violated"]
    if violated:
        return "; ".join(violated)
    if all(r.verdict == "holds" for r in report.results):
        return "every property holds"
    return "undetermined"


@cache
def _packaged(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{hash_of(style)}'; script-src '{hash_of(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def hash_of(text: str) -> str:
    """How a page's policy names the one style or script that may work."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
