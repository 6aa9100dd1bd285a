"""Puts the example specs, and tests, into the pages that show them.

A page names a file above a code block (`<!-- docs/examples/steps.yaml -->`); the block then
holds that file, letter for letter. Run after changing an example; a test fails until then.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = (
    "README.md",
    "docs/language.md",
    "docs/time.md",
    "docs/kinds.md",
    "docs/outputs.md",
    "docs/tutorial.md",
)
LANGUAGES = {".yaml": "yaml", ".py": "python"}

_BLOCK = re.compile(
    r"<!-- (?P<path>[\w./-]+\.(?:yaml|py)) -->\n```(?:yaml|python)\n(?P<text>.*?)```\n", re.DOTALL
)


def shown(page: str) -> list[str]:
    """The paths of the files that a page shows."""
    return [match["path"] for match in _BLOCK.finditer(page)]


def refreshed(page: str) -> str:
    """The page with every file as it is now."""

    def block(match: re.Match[str]) -> str:
        path = Path(match["path"])
        text = (ROOT / path).read_text(encoding="utf-8")
        return f"<!-- {path.as_posix()} -->\n```{LANGUAGES[path.suffix]}\n{text}```\n"

    return _BLOCK.sub(block, page)


def main() -> None:
    for name in PAGES:
        path = ROOT / name
        path.write_text(refreshed(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
