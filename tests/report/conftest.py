"""What the tests of pages share: a browser, and pages that are made once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from opened_pages import Made, Opener
    from playwright.sync_api import Browser

# The browser is imported late: most tests need none.


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from opened_pages import started_browser

    with started_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    from opened_pages import make_pages

    return make_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def open_page(browser: Browser, made: Made) -> Iterator[Opener]:
    from opened_pages import Opener

    opener = Opener(browser, made)
    yield opener
    for context in browser.contexts:
        context.close()
    assert opener.problems == []
