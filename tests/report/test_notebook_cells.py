"""What a notebook shows of results, traces and graphs; what a spec says in them is text."""

from __future__ import annotations

import base64
import html
import pickle
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as Xml

import model_check
import pytest
from IPython.core.formatters import DisplayFormatter
from model_check import Result, check, compare, repair, rests_on

SPECS = Path(__file__).parents[2] / "specs"
CRASH = SPECS / "faults" / "worker-crash.yaml"
HOSTILE = """\
model: hostile
about: "<script>alert(1)</script> & <b>bold</b>"
vars: {x: 0..9}
processes:
  p:
    run: "go_on: x = 1"
properties:
  small: {always: x < 1, about: "</td><img src=x onerror=alert(1)>"}
"""


@pytest.fixture(scope="module")
def crash() -> Result:
    return check(CRASH)


class Elements(HTMLParser):
    """The names of all elements, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.words = ""
        self.images: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "img":
            self.images.append(str(dict(attrs)["src"]))

    def handle_data(self, data: str) -> None:
        self.words += data


def read(text: str) -> Elements:
    found = Elements()
    found.feed(text)
    return found


def shown(value: object) -> dict[str, str]:
    """What IPython makes of the value of a cell."""
    data, _ = DisplayFormatter().format(value)
    return dict(data)


def test_a_result_shows_its_verdicts_and_the_run_that_violates(crash: Result) -> None:
    told = read(shown(crash)["text/html"])
    assert "no_order_lost" in told.words
    assert "with up to 1 crash of worker" in told.words
    assert "point of no return: from step 4 on" in told.words
    (image,) = told.images
    kind, _, data = image.partition(";base64,")
    assert kind == "data:image/svg+xml"
    assert base64.b64decode(data).decode("utf-8") == crash.svg("no_order_lost")


def test_what_a_spec_says_is_text_in_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    result = check(path)
    told = read(result._repr_html_())
    assert set(told.names) <= {
        "div", "p", "b", "table", "tbody", "tr", "td", "code", "br", "details", "summary", "ul",
        "li", "img",
    }  # fmt: skip
    assert "<script>alert(1)</script> & <b>bold</b>" in told.words
    assert len(told.images) == 1
    picture = result.trace("small")._repr_svg_()
    assert picture is not None
    assert not re.search(r"<(script|img)", picture)
    Xml.fromstring(picture)


def test_a_trace_draws_itself_and_is_the_trace_that_it_was(crash: Result) -> None:
    trace, plain = crash.trace("no_order_lost"), crash["no_order_lost"].trace
    assert shown(trace) == {
        "text/plain": "<Trace of no_order_lost: 6 steps, end: final>",
        "image/svg+xml": crash.svg("no_order_lost"),
    }
    assert plain is not None
    assert trace == plain
    assert plain == trace
    assert trace != replace(plain, end="deadlock")
    again = pickle.loads(pickle.dumps(trace))
    assert again == trace
    assert again._repr_svg_() == trace._repr_svg_()
    assert replace(trace, end="state").end == "state"


def test_a_graph_draws_the_space_and_a_part_of_it_does_not(crash: Result) -> None:
    graph = crash.graph()
    picture = shown(graph)["image/svg+xml"]
    assert "<svg" in picture
    assert html.unescape(picture).count("worker crashes") >= 1
    assert "image/svg+xml" not in shown(graph.subgraph([0, 1]).copy())
    assert pickle.loads(pickle.dumps(graph)).number_of_nodes() == graph.number_of_nodes()


def test_other_results_show_what_the_command_prints() -> None:
    found = repair(CRASH)
    assert "repair" in read(shown(found)["text/html"]).words
    assert re.fullmatch(r"<RepairResult of worker-crash: \d+ repairs?>", repr(found))
    rests = rests_on(SPECS / "peterson.yaml")
    assert repr(rests).startswith("<RestsOnResult of peterson: ")
    assert len(read(shown(rests)["text/html"]).words) > 100
    both = compare(CRASH, SPECS / "faults" / "worker-crash-handover.yaml")
    assert "<svg" in shown(both)["image/svg+xml"]
    assert "no_order_lost holds" in repr(both)


def test_all_that_there_is_can_be_found_by_looking() -> None:
    names = dir(model_check)
    assert set(model_check.__all__) <= set(names)
    assert "__version__" in names
    assert not {"import_module", "TYPE_CHECKING", "Any"} & set(names)
    assert all(getattr(model_check, name) is not None for name in model_check.__all__)
