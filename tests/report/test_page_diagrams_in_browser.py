"""The page's diagrams, addresses, copies and paper, in a real browser, over unlike specs.

uv run pytest -m browser
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from opened_pages import Made, Opener
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SIX = ("legacy", "webhook", "deadlock", "poll", "crash", "records")
"""A lost message, two deliveries, a deadlock, a run without an end, faults, 40 steps of records."""
LEAST = 12
"""Pixels of the smallest text."""
SMALL_TEXTS = """(least) => [...document.querySelectorAll("svg text, body *")].flatMap((each) => {
    if (each.matches("script, .unseen, .unseen *")) return [];
    const own = [...each.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (each.tagName !== "text" && !own) return [];
    if (!each.getBoundingClientRect().width) return [];
    const svg = each.ownerSVGElement;
    const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    const size = parseFloat(getComputedStyle(each).fontSize) * scale;
    return size < least - 0.05 ? [[each.tagName, size, each.textContent.slice(0, 30)]] : [];
})"""
DRAWN = """(root) => [...document.querySelectorAll(`${root} g[data-first]`)].map((each) => [
    Number(each.dataset.first), Number(each.dataset.last),
    [...each.querySelectorAll("text.d-label, text.d-middle, text.d-aside")].map((text) =>
        [text.getAttribute("class").includes("d-lost"),
         [...(text.querySelectorAll("tspan").length ? text.querySelectorAll("tspan") : [text])]
            .map((line) => line.textContent).join("").replaceAll(" ", "")]),
])"""
"""What stands in each row: its boxes and its arrows; where lines are broken is left out."""
BELOW = """(root) => ["outside", "waits"].map((mark) => [
    ...document.querySelectorAll(`${root} [data-mark=${mark}] text`)].map((text) =>
        [...(text.querySelectorAll("tspan").length ? text.querySelectorAll("tspan") : [text])]
            .map((line) => line.textContent).join("").replaceAll(" ", "")).sort())"""
"""What stands below the last step: events that are not in the trace, and who waits for whom."""
CAUGHT = """navigator.clipboard.writeText = (text) => {
    window.caught = text;
    return Promise.resolve();
};"""
SHOWN = "[data-case]:not([hidden])"

FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def way_of(page: Page) -> str:
    """The trace of the first property as an address of a walk."""
    told: str = page.evaluate(
        """() => {
            const data = JSON.parse(document.getElementById("space-data").textContent);
            const { start, hops } = Object.values(data.traces)[0];
            return `${start}:${hops.filter((_, place) => place % 2 === 0).join(".")}`;
        }"""
    )
    return told


def copy(page: Page, what: str) -> None:
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name=what, exact=True).click()


# --- can it be read? -------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIX)
def test_every_text_can_be_read_and_every_lifeline_is_in_sight(
    open_page: Opener, name: str
) -> None:
    page = open_page(name, (1440, 900))
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        page.evaluate(FRAMES)  # it is drawn anew in the next frame
        assert page.evaluate(SMALL_TEXTS, LEAST) == []
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        frame = page.locator("[data-diagram]:visible .pan")
        inner, outer = frame.evaluate("each => [each.scrollWidth, each.clientWidth]")
        assert inner <= (outer if width >= 1024 else 2 * outer)


@pytest.mark.parametrize("name", [*SIX, "philosophers"])
def test_nothing_in_a_diagram_lies_on_something_else(open_page: Opener, name: str) -> None:
    page = open_page(name, (1024, 768))
    overlaps = page.evaluate(
        """() => [...document.querySelectorAll(
            "[data-case]:not([hidden]) :is(g[data-first], [data-mark=outside], [data-mark=waits])",
        )].flatMap((row) => {
            const all = [...row.querySelectorAll("g > rect, text.d-middle, text.d-aside")]
                .filter((each) => !each.matches(".d-hit, .d-frame, .d-box + .d-box"))
                .map((each) => [each, each.getBoundingClientRect()])
                .filter(([each]) => each.tagName === "text" || each.parentNode !== row);
            return all.flatMap(([one, a], at) => all.slice(at + 1).filter(([, b]) =>
                a.left + 2 < b.right && b.left + 2 < a.right
                && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
                .map(([other]) => [row.dataset.first, one.outerHTML, other.outerHTML]));
        })"""
    )
    assert overlaps == []


def test_the_names_of_the_lifelines_stay_when_a_diagram_is_scrolled(open_page: Opener) -> None:
    page = open_page("legacy")
    frame = page.locator("[data-diagram] .pan")
    frame.evaluate("each => { each.scrollTop = 400; }")
    box, heads = frame.bounding_box(), page.locator("[data-diagram] .heads").bounding_box()
    assert box is not None
    assert heads is not None
    assert abs(heads["y"] - box["y"]) < 2


# --- below the last step ---------------------------------------------------------------------


def below_in_picture(file: Path) -> list[list[str]]:
    """What the picture of a trace has below its last step, text by text."""
    root = ElementTree.parse(file).getroot()
    return [
        sorted(
            "".join("".join([text.text or "", *(each.tail or "" for each in text)]).split())
            for text in root.iterfind(f".//{{*}}g[@data-mark='{mark}']//{{*}}text")
        )
        for mark in ("outside", "waits")
    ]


@pytest.mark.parametrize(
    ("name", "picture", "counts"),
    [
        # Three events, and that they are not there; each waits for the next.
        ("philosophers", "dining-philosophers/no_deadlock", (6, 9)),
        ("twice", "twice/once", (4, 0)),  # neither notes it in time
        ("deadlock", "deadlock/all_drawn", (0, 4)),  # one waits, and nobody could end that
        ("legacy", "legacy/no_loss", (0, 0)),
    ],
)
def test_the_page_draws_below_the_last_step_what_the_picture_draws_there(
    open_page: Opener, made: Made, name: str, picture: str, counts: tuple[int, int]
) -> None:
    drawn = open_page(name).evaluate(BELOW, SHOWN)
    assert drawn == below_in_picture(made.folder / f"{picture}.svg")
    assert (len(drawn[0]), len(drawn[1])) == counts


def test_an_ordering_leads_to_an_event_that_is_not_in_the_trace(open_page: Opener) -> None:
    page = open_page("philosophers")
    heights = """(selector) => [...document.querySelectorAll(
        `[data-case]:not([hidden]) ${selector}`)].map((each) => {
            const { top, bottom } = each.getBoundingClientRect();
            return [top, bottom];
        })"""
    boxes = page.evaluate(heights, "[data-mark=outside] .d-box")
    tips = page.evaluate(heights, ".d-bracket.d-tip")
    ((window_top, window_bottom),) = page.evaluate(heights, "[data-mark=window]")
    assert len(boxes) == len(tips) == 3
    for (top, bottom), (tip_top, tip_bottom) in zip(boxes, tips, strict=True):
        assert abs((top + bottom) - (tip_top + tip_bottom)) < 3
        assert window_top < top < bottom < window_bottom


def test_a_walk_into_a_deadlock_draws_who_waits(open_page: Opener) -> None:
    page = open_page("philosophers")
    waits = page.evaluate(BELOW, SHOWN)[1]
    page.keyboard.press("r")
    for who in (2, 0, 1):  # another way than that of the trace
        page.locator("#choices button", has_text=f"philosopher[{who}] take_left").click()
        assert page.evaluate(BELOW, "#walk")[1] == (waits if who == 1 else [])
    pale = page.locator("#walk [data-mark=waits].to-come")
    expect(pale).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(pale).to_have_count(1)


def test_the_keys_of_a_server_stand_below_its_name(open_page: Opener) -> None:
    page = open_page("legacy")
    keys = page.locator("[data-diagram] text.d-key").evaluate_all(
        "all => all.map((each) => each.textContent.replaceAll(' ', ''))"
    )
    assert keys == ["history=chat:history:<session>stream=chat:stream:<session>"]


# --- a walk of one's own ---------------------------------------------------------------------


def test_a_walk_tells_what_a_look_found_and_no_more_where_it_changed_something(
    open_page: Opener,
) -> None:
    page = open_page("looks", at="#walk=0:0", before=CAUGHT)
    asides = page.locator("#walk text.d-aside")
    expect(page.locator("#told code")).to_have_text("open is False")
    expect(asides).to_have_text(["open is False"])
    expect(page.locator("#taken code")).to_have_text("open is False")
    copy(page, "Trace as text")
    assert page.evaluate("window.caught").startswith("1  buyer.look  open is False\n")
    page.keyboard.press("r")
    page.locator("#choices button", has_text="unlock").click()
    expect(asides).to_have_count(0)
    expect(page.locator("#choices button")).to_contain_text("open is True")
    page.keyboard.press("1")
    page.keyboard.press("1")  # it buys, and what it found before is not told again
    expect(asides).to_have_text(["open is True"])


def test_a_walk_tells_that_somebody_waited_too_long(open_page: Opener) -> None:
    page = open_page("timeout")
    page.keyboard.press("r")
    page.locator("#choices button", has_text="ask").click()
    page.locator("#choices button", has_text="give_up").click()
    told = ["waited too long", "`tries < 3` is True"]
    expect(page.locator("#walk text.d-aside")).to_have_text(told)


@pytest.mark.parametrize("name", ["webhook", "deadlock", "poll", "crash", "legacy", "looks"])
def test_a_walk_along_a_trace_draws_what_the_trace_draws(open_page: Opener, name: str) -> None:
    page = open_page(name)
    trace = page.evaluate(DRAWN, SHOWN)
    walk = open_page(name, at=f"#walk={way_of(page)}")
    own: dict[int, Any] = {first: told for first, _, told in walk.evaluate(DRAWN, "#walk")}
    compared = 0
    for first, last, told in trace:
        if first == last:
            assert own[first] == told
            compared += 1
    assert compared > 2
    # That an event is not there is said where there is a reason.
    assert page.evaluate(BELOW, SHOWN)[1] == walk.evaluate(BELOW, "#walk")[1]


def test_a_walk_has_its_own_headline_items_and_diagram(open_page: Opener) -> None:
    page = open_page("legacy")
    for key in ("r", "2", "1", "1"):
        page.keyboard.press(key)
    expect(page.locator("#walk-title")).to_have_text("Your own walk, 3 steps")
    expect(page.locator("#walk .diagram g[data-first]")).to_have_count(4)
    expect(page.locator("[data-case] [data-diagram]:visible")).to_have_count(0)
    history = page.locator("#tiles > div", has_text="history").locator("li")
    state = page.locator(
        "#variables tr", has=page.get_by_role("rowheader", name="history")
    ).locator("td")
    items = [int(each) for each in history.all_inner_texts()]
    assert str(items) in state.inner_text()
    page.locator("#walk g[data-first='1'] text").first.click()
    expect(page.locator("#walk-title")).to_have_text("Your own walk, step 1 of 3")
    for _ in range(40):
        page.keyboard.press("End")
        page.keyboard.press("1")
    expect(page.locator("#walk-title")).to_contain_text("no_loss is violated here")
    expect(page.locator("#tiles .wrong dt")).to_have_text("missing")


def test_the_source_shows_what_can_happen_next(open_page: Opener) -> None:
    page = open_page("legacy")
    page.keyboard.press("Home")
    file = page.locator("[data-source]:visible pre")
    first = page.locator("[data-line].can").first
    frame, line = file.bounding_box(), first.bounding_box()
    assert frame is not None
    assert line is not None
    assert frame["y"] <= line["y"] < frame["y"] + frame["height"]
    choice = page.locator("#choices button", has_text="gateway")
    choice.hover()
    expect(page.locator("[data-line].aimed")).to_contain_text("read_history:")
    choice.click()
    expect(page.locator("[data-line].lit")).to_contain_text("read_history:")


# --- addresses -------------------------------------------------------------------------------


def test_the_address_keeps_the_step_and_opens_it_again(open_page: Opener) -> None:
    page = open_page("deadlock")
    expect(page).not_to_have_url(re.compile("#"))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("#step=8$"))
    page.get_by_role("button", name="no_deadlock").click()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("#property=no_deadlock&step=0$"))
    again = open_page("deadlock", at="#property=no_deadlock&step=3")
    expect(again.locator("#place b")).to_have_text("3 / 4")
    expect(again.get_by_role("button", name="no_deadlock")).to_have_attribute(
        "aria-pressed", "true"
    )
    again.evaluate("location.hash = '#step=5'")
    expect(again.locator("#place b")).to_have_text("5 / 9")


def test_the_address_keeps_a_walk_and_opens_it_again(open_page: Opener) -> None:
    page = open_page("legacy")
    for key in ("r", "2", "1", "1", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(r"#walk=0:1\.0\.0&step=2$"))
    state = page.locator("#variables").inner_text()
    again = open_page("legacy", at="#walk=0:1.0.0&step=2")
    assert again.locator("#variables").inner_text() == state
    expect(again.locator("#place b")).to_have_text("2 / 3")


@pytest.mark.parametrize(
    "address",
    [
        "#step=x", "#step=-1", "#step=", "#property=none&step=1", "#walk=", "#walk=9:0",
        "#walk=0:99", "#walk=0:1e3", "#walk=<img src=x onerror=alert(1)>", "#step=%F0%9F",
    ],
)  # fmt: skip
def test_an_address_that_names_nothing_is_said_to(open_page: Opener, address: str) -> None:
    page = open_page("legacy", at=address)
    expect(page.locator("#place b")).to_have_text("23 / 23")
    expect(page.locator("#said")).to_contain_text("is not on this page")


def test_a_step_behind_the_last_one_is_the_last(open_page: Opener) -> None:
    page = open_page("legacy", at="#step=4000")
    expect(page.locator("#place b")).to_have_text("23 / 23")


# --- copies ----------------------------------------------------------------------------------


def test_everything_is_copied_as_the_tool_tells_it(open_page: Opener, made: Made) -> None:
    page = open_page("legacy", before=CAUGHT)

    def copied(name: str) -> str:
        copy(page, name)
        expect(page.locator("#said")).to_have_text(f"Copied: {name.lower()}")
        text: str = page.evaluate("window.caught")
        return text

    result = made.legacy
    assert copied("Mermaid") == result.mermaid("no_loss")
    assert copied("Command line") == result.report.command
    text = copied("Trace as text")
    assert text.startswith("legacy: no_loss is violated")
    assert all(step.label in text for step in result.trace("no_loss").steps)
    namespace: dict[str, Any] = {}
    exec(copied("pytest test"), namespace)  # noqa: S102 - it is meant to be run
    namespace["test_no_loss"]()
    page.keyboard.press("Home")
    assert copied("Link to this step").endswith("legacy.html#step=0")


def test_a_walk_is_copied_too(open_page: Opener) -> None:
    page = open_page("hostile", before=CAUGHT)
    page.keyboard.press("r")
    page.keyboard.press("1")
    copy(page, "Trace as text")
    assert re.match(r"1  writer\.write  RPUSH ", page.evaluate("window.caught"))
    copy(page, "Mermaid")
    text = page.evaluate("window.caught")
    assert text.startswith("sequenceDiagram\n")
    assert "<" not in text
    assert len(text.splitlines()) == 5


def test_a_browser_that_lets_nothing_be_copied_shows_the_text(open_page: Opener) -> None:
    page = open_page("legacy", before="navigator.clipboard.writeText = () => Promise.reject();")
    copy(page, "Command line")
    expect(page.get_by_label("To copy").last).to_have_value(re.compile("^model-check "))
    assert page.evaluate("getSelection().toString()").startswith("model-check ")
    page.keyboard.press("Escape")
    expect(page.locator("#copy-box")).to_be_hidden()


# --- paper and those who do not see ----------------------------------------------------------


def test_a_diagram_on_paper_can_end_a_page_between_rows(open_page: Opener) -> None:
    page = open_page("legacy")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    pieces = page.locator("[data-diagram] .body")
    heights = pieces.evaluate_all("all => all.map((each) => each.getBoundingClientRect().height)")
    assert len(heights) > 2
    assert max(heights) < 600
    rows = "all => all.map((each) => each.dataset.first)"
    told = page.locator("[data-diagram] g[data-first]").evaluate_all(rows)
    assert told == sorted(set(told), key=int)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(pieces).to_have_count(1)


@pytest.mark.parametrize("name", SIX)
def test_no_words_run_together_on_paper(open_page: Opener, name: str) -> None:
    page = open_page(name)
    text = page.locator("main").evaluate("each => each.textContent")
    assert re.search(r"[✓✗]\w", text) is None
    calls = page.locator("[data-step] code + code")
    joined = "all => all.filter((each) => each.previousSibling.nodeType === 1).length"
    assert calls.evaluate_all(joined) == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["webhook", "crash", "records"])
def test_axe_finds_nothing_serious_on_a_trace_or_a_walk(
    open_page: Opener, name: str, dark: bool
) -> None:
    page = open_page(name, dark=dark)
    for keys in (("ArrowLeft",), ("r", "1", "1")):
        for key in keys:
            page.keyboard.press(key)
        found = Axe().run(page).response["violations"]
        assert [
            (each["id"], [node["target"] for node in each["nodes"]][:3])
            for each in found
            if each["impact"] in ("serious", "critical")
        ] == []
