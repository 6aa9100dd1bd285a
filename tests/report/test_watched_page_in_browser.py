"""The page of a spec that is watched, in a real browser: what was chosen stays.

uv run pytest -m browser
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from made_pages import LOOKS, checked, page_of
from model_check.report.page.watched import FRAME_NAME, NEWS_NAME, frame_html, news_script
from playwright.sync_api import Browser, FrameLocator, Page, expect

pytestmark = pytest.mark.browser

PROPERTIES = """\
properties:
  sells: {finally: sold == 1, expect: violated}
  opens: {possible: open}
  bought: {possible: sold == 1}
"""
BEFORE = LOOKS.partition("properties:")[0] + PROPERTIES
# A process more, and first: all places among what can happen are other ones.
AFTER = BEFORE.replace("processes:\n", "processes:\n  cat:\n    run: 'purr: pass'\n")


class Watched:
    """The frame of a watched spec, and the page in it."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.version = 0
        self.check(BEFORE)
        (folder / FRAME_NAME).write_text(frame_html(), encoding="utf-8")
        page.goto((folder / FRAME_NAME).as_uri())
        self.inner: FrameLocator = page.frame_locator("iframe")
        expect(self.inner.locator("#place")).to_be_visible()

    def check(self, spec: str) -> None:
        """What a save leads to."""
        self.version += 1
        (self.folder / "report.html").write_text(
            page_of(checked(spec, self.folder)), encoding="utf-8"
        )
        news = news_script("report.html", str(self.version), "watched", wrong=False, over=False)
        (self.folder / NEWS_NAME).write_text(news, encoding="utf-8")

    def check_anew(self, spec: str) -> None:
        """The same, as far as that the frame shows the new page."""
        with self.page.expect_event("framenavigated"):
            self.check(spec)
        expect(self.inner.locator("#place")).to_be_visible()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.inner.locator("#slider").press(key)

    def choose(self, name: str) -> None:
        self.inner.get_by_role("button", name=name).first.click()


@pytest.fixture
def watched(browser: Browser, tmp_path: Path) -> Iterator[Watched]:
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda each: problems.append(str(each)))
    page.on("console", lambda each: problems.append(each.text))
    yield Watched(page, tmp_path)
    page.close()
    assert problems == []


def test_a_new_result_keeps_the_property_and_the_step_by_its_event(watched: Watched) -> None:
    watched.choose("bought")
    watched.press("ArrowLeft")
    place = watched.inner.locator("#place")
    expect(place).to_have_text("2 / 3 buyer.look")
    watched.check_anew(AFTER)
    expect(watched.inner.get_by_role("button", name="bought")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(place).to_have_text("2 / 3 buyer.look")
    # What it began with is another step now: its event is looked for.
    watched.check_anew(AFTER.replace("look: if open", "wait: await open\n      look: if open"))
    expect(place).to_have_text("3 / 4 buyer.look")
    watched.press("End")
    watched.check_anew(BEFORE)
    expect(place).to_have_text("3 / 3 buyer.buy")


def test_a_new_result_keeps_a_walk_as_far_as_it_can_still_be_taken(watched: Watched) -> None:
    watched.press("r")
    for event in ("shop unlock", "buyer look", "buyer buy"):
        watched.inner.locator("#choices button", has_text=event).click()
    watched.press("ArrowLeft")
    title, taken = watched.inner.locator("#walk-title"), watched.inner.locator("#taken li")
    expect(title).to_have_text("Your own walk, step 2 of 3")
    watched.check_anew(AFTER)
    expect(title).to_have_text("Your own walk, step 2 of 3")
    expect(taken).to_have_count(3)
    watched.check_anew(AFTER.replace("buy:", "pay:"))
    expect(title).to_contain_text("Your own walk, 2 steps")
    expect(watched.inner.locator("#said")).to_have_text(
        "Of your walk the first 2 steps can still be taken so."
    )


def test_a_property_that_has_no_trace_any_more_is_left_and_that_is_said(watched: Watched) -> None:
    watched.choose("opens")
    watched.check_anew(BEFORE.replace("  opens: {possible: open}\n", ""))
    expect(watched.inner.get_by_role("button", name="sells")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(watched.inner.locator("#said")).to_have_text("opens has no trace any more.")
    watched.check_anew(BEFORE)
    expect(watched.inner.get_by_role("button", name="sells")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_the_light_that_was_chosen_stays(watched: Watched) -> None:
    theme = watched.inner.locator("#theme")
    expect(theme).to_have_text("Dark")
    theme.click()
    watched.check_anew(AFTER)
    expect(theme).to_have_text("Light")


def test_a_page_in_no_such_frame_keeps_nothing(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(page_of(checked(BEFORE, tmp_path)), encoding="utf-8")
    (tmp_path / "other.html").write_text("<iframe name=mine src=report.html>", encoding="utf-8")
    page = browser.new_page()
    page.goto((tmp_path / "other.html").as_uri())
    inner = page.frame_locator("iframe")
    inner.locator("#slider").press("ArrowLeft")
    expect(inner.locator("#place")).to_contain_text("1 / 2")
    frame = page.frame(name="mine")
    assert frame is not None
    frame.goto((tmp_path / "report.html").as_uri() + "?anew")
    expect(inner.locator("#place")).to_contain_text("2 / 2")
    assert frame.evaluate("window.name") == "mine"
    page.close()
