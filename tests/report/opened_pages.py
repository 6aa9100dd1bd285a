"""Pages of real checks in a real browser, for the tests that step through them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from made_pages import (
    FAILING,
    HOSTILE,
    LOOKS,
    RECORDS,
    ROOT,
    SPECS,
    TWICE,
    checked,
    page_of,
    written,
)
from model_check import Result, check
from playwright.sync_api import Browser, Page, expect, sync_playwright
from report.endless_specs import ENDS, POLL

TEMPLATES = ROOT / "model" / "model_check" / "templates"
PHILOSOPHERS = ROOT / "tests" / "specs" / "dining-philosophers.yaml"
SNAPSHOTS = ROOT / "tests" / "report" / "snapshots"
LAPTOP = (1366, 768)
PHONE = (390, 844)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 20_000.0
"""Milliseconds for what happens at once, on a machine that is busy."""


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found is not None, "these tests need a browser: apt-get install chromium"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass(frozen=True)
class Made:
    """The checks and their pages, made once."""

    folder: Path
    legacy: Result

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.html"


def make_pages(folder: Path) -> Made:
    """Check the specs, and write their pages into the folder."""
    # One violated property: the page then shows one diagram.
    text = (SPECS / "legacy.yaml").read_text(encoding="utf-8")
    alone = re.sub(r"  saved_is_shown:\n(    .*\n)+", "", text)
    (folder / "legacy.yaml").write_text(alone, encoding="utf-8")
    legacy = check(folder / "legacy.yaml")
    deadlock = check(SPECS / "deadlock.yaml", reason=False)
    pages = {
        "legacy": written(legacy, folder),
        "deadlock": written(deadlock, folder),
        "webhook": written(check(TEMPLATES / "webhook.yaml"), folder),
        "crash": written(check(SNAPSHOTS / "faults.yaml", reason=False), folder),
        "records": written(checked(RECORDS, folder, "records.yaml"), folder),
        "peterson": written(check(SPECS / "peterson.yaml", reason=False), folder),
        "fix-both": page_of(check(SPECS / "fix-both.yaml", reason=False)),
        "hostile": page_of(checked(HOSTILE, folder, "<img src=x onerror=alert(1)>.yaml")),
        "failing": page_of(checked(FAILING, folder)),
        "traces": page_of(legacy, most=100),
        "poll": written(checked(POLL, folder, "poll.yaml"), folder),
        "ends": page_of(checked(ENDS, folder, "ends.yaml")),
        "looks": page_of(checked(LOOKS, folder, "looks.yaml")),
        "twice": written(checked(TWICE, folder, "twice.yaml", reason=True), folder),
        "philosophers": written(check(PHILOSOPHERS), folder),
        "timeout": page_of(check(SPECS / "faults" / "retry-timeout.yaml", reason=False)),
    }
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return Made(folder, legacy)


class Opener:
    """Opens pages; whatever goes wrong on one is a failure of the test that opened it."""

    def __init__(self, browser: Browser, made: Made) -> None:
        self.browser = browser
        self.made = made
        self.problems: list[str] = []

    def __call__(
        self, name: str, size: tuple[int, int] = LAPTOP, *, dark: bool = False,
        touch: bool = False, script: bool = True, at: str = "", before: str = "",
    ) -> Page:  # fmt: skip
        """The page of this name, at what an address may name; `before` is a script that runs
        before its own."""
        page = self.browser.new_page(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            java_script_enabled=script,
        )
        page.set_default_timeout(PATIENCE)
        address = self.made.file(name).as_uri()
        page.on("console", lambda each: self.problems.append(f"{each.type}: {each.text}"))
        page.on("pageerror", lambda each: self.problems.append(str(each)))
        page.on("dialog", lambda each: self.problems.append(f"a dialog: {each.message}"))
        page.on("request", lambda each: self._asked(each.url, address))
        if before:
            page.add_init_script(before)
        page.goto(address + at)
        return page

    def _asked(self, url: str, address: str) -> None:
        if url != address:
            self.problems.append(f"asked for {url}")
