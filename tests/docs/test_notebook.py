"""The notebook of the documentation runs, and shows what its cells give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pages import DOCS


def test_the_notebook_shows_what_its_cells_give(tmp_path: Path) -> None:
    target = tmp_path / "notebook.ipynb"
    done = subprocess.run(
        [sys.executable, str(DOCS / "make_notebook.py"), str(target)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    kept = (DOCS / "notebook.ipynb").read_text(encoding="utf-8")
    assert target.read_text(encoding="utf-8") == kept, "run docs/make_notebook.py"
    for kind in ("text/html", "image/svg+xml", "text/plain"):
        assert f'"{kind}"' in kept
