"""Makes docs/report.webp, a picture of the page: `uv run python docs/make_page_picture.py`.

It needs Chromium and takes what the tool writes for specs/legacy.yaml, after step 2.
"""

from __future__ import annotations

import base64
import shutil
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from model_check import check
from model_check.report.documents.files import write_outputs
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "report.webp"
WIDTH, HEIGHT = 1366, 768
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


def main() -> None:
    found = shutil.which("chromium")
    if found is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    with TemporaryDirectory() as folder, chdir(ROOT), sync_playwright() as playwright:
        result = check("specs/legacy.yaml")
        write_outputs(result.report, result.states, Path(folder), tables=result.tables)
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto((Path(folder) / "legacy" / "report.html").as_uri())
        for key in ("Home", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        page.wait_for_timeout(500)  # until rows have become as pale as they are to be
        # A third of the size of a PNG, and as sharp to the eye.
        asked = {"format": "webp", "quality": 92}
        shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
        PICTURE.write_bytes(base64.b64decode(shot["data"]))
        browser.close()


if __name__ == "__main__":
    main()
