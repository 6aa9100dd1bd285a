"""The documentation as a site: whole, without a network, with a search that finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pages import DOCS, ROOT, script

SITE = script("make_site")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site; to build it raises where anything in it leads nowhere or is fetched."""
    site: Path = tmp_path_factory.mktemp("built") / "site"
    SITE.build(site)
    return site


def test_every_page_and_spec_is_in_the_site_and_its_search_knows_them(built: Path) -> None:
    for page in ("README.md", *(f"docs/{path.name}" for path in DOCS.glob("*.md"))):
        assert (built / SITE.place_of(page)).with_suffix(".html").is_file(), page
    for spec in ROOT.glob("specs/**/*.yaml"):
        text = (built / SITE.place_of(spec.relative_to(ROOT).as_posix())).with_suffix(".html")
        assert "processes" in text.read_text(encoding="utf-8"), spec
    home = (built / "index.html").read_text(encoding="utf-8")
    assert 'href="specs/legacy.html"' in home
    assert "unpkg.com" not in home
    items = json.loads((built / "search.json").read_text(encoding="utf-8"))["items"]
    found = {item["location"].split("#")[0] for item in items if "fencing" in item["text"]}
    assert {"gallery.html", "specs/faults/lease-lock-fencing.html"} <= found


@pytest.mark.browser
def test_the_search_finds_from_a_file_system(built: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_context(offline=True).new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.goto((built / "tutorial.html").as_uri())
        page.wait_for_function("document.documentElement.classList.contains('js')")
        page.keyboard.press("Control+k")
        page.get_by_placeholder("Search").type("fencing")
        page.get_by_text("lease-lock-fencing.yaml").first.wait_for(timeout=20_000)
        browser.close()
    assert wrong == []


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ('<a href="gone.html">x</a>', "a.html: gone.html leads nowhere"),
        ('<a href="#gone">x</a>', "a.html: there is no #gone"),
        ('<a href="b.html#gone">x</a>', "a.html: there is no b.html#gone"),
        ('<img src="gone.svg">', "a.html: gone.svg leads nowhere"),
        (
            '<script src="https://example.org/x.js"></script>',
            "would fetch https://example.org/x.js",
        ),
        ('<link rel="stylesheet" href="//example.org/x.css">', "would fetch //example.org/x.css"),
        ('<a href="b.html#here">x</a> <a href="https://example.org">y</a>', ""),
    ],
)
def test_what_leads_nowhere_is_told(part: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(part, encoding="utf-8")
    (tmp_path / "b.html").write_text('<p id="here">', encoding="utf-8")
    assert [told in each for each in SITE.mistakes(tmp_path)] == ([True] if told else [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a](../README.md#limits)", "[a](index.md#limits)"),
        ("[a](../specs/legacy.yaml)", "[a](specs/legacy.md)"),
        ("[a](../specs)", "[a](specs/index.md)"),
        ("[a `x`](../model/model_check/errors.py)", "a `x`"),
        ("`[a](../specs)`", "`[a](../specs)`"),
        ("```text\n[a](../specs)\n```", "```text\n[a](../specs)\n```"),
        ("[![p](legacy.svg)](legacy.svg)", "[![p](legacy.svg)](legacy.svg)"),
        ("[a](https://example.org) and [b](#here)", "[a](https://example.org) and [b](#here)"),
    ],
)
def test_a_link_of_a_page_leads_to_the_same_in_the_site(text: str, shown: str) -> None:
    assert SITE.Stage(Path("unused")).linked(text, "docs/why.md") == shown
