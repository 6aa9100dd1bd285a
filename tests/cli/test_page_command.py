"""`--open`, and where the page is written."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest
from cli_invoke import SPECS, invoke

PETERSON = SPECS / "peterson.yaml"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a browser was asked to open."""
    found: list[str] = []

    def record(url: str) -> bool:
        found.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", record)
    return found


def test_a_check_that_draws_writes_a_page(tmp_path: Path, opened: list[str]) -> None:
    outcome = invoke(PETERSON, "--out", tmp_path)
    page = tmp_path / "peterson" / "report.html"
    assert outcome.code == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>\n")
    assert str(page) in outcome.out
    assert opened == []


def test_open_opens_the_page_of_this_check(
    tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke(PETERSON, "--open").code == 0
    assert opened == [(tmp_path / "out" / "peterson" / "report.html").resolve().as_uri()]


def test_without_drawing_there_is_no_page_and_an_old_one_goes(tmp_path: Path) -> None:
    invoke(PETERSON, "--out", tmp_path)
    invoke(PETERSON, "--out", tmp_path, "--no-draw")
    assert not (tmp_path / "peterson" / "report.html").exists()


def test_where_no_browser_can_be_opened_the_page_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    outcome = invoke(PETERSON, "--out", tmp_path, "--open")
    page = tmp_path / "peterson" / "report.html"
    assert outcome.code == 0
    assert outcome.err.strip().endswith(f"no browser could be opened: the page is {page}")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((PETERSON, "--no-draw"), "with --no-draw there is no page"),
        ((SPECS,), "a folder of specs has no page"),
    ],
)
def test_there_must_be_a_page_to_open(
    tmp_path: Path, opened: list[str], words: tuple[object, ...], why: str
) -> None:
    outcome = invoke(*words, "--out", tmp_path, "--open")
    assert outcome.code == 2
    assert f"--open: {why}" in outcome.err
    assert opened == []
    assert list(tmp_path.iterdir()) == []
