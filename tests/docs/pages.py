"""The pages of the documentation, taken apart."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in DOCS.glob("*.md")))

LEFT_OUT = "[...]\n"
_OUTPUT = re.compile(
    r"<!-- output (?:in (?P<folder>\S+) )?of (?P<command>.+?) -->\n```text\n(?P<text>.*?)```\n",
    re.DOTALL,
)
# Not what stands below the name of its file: that runs as it is. Nor what has to be imagined.
_PYTHON = re.compile(r"(?<!-->\n)```python\n(.*?)```\n", re.DOTALL)
_NO_PROGRAM = ("docs/tutorial.md",)
"""Pages whose Python is a piece of somebody's program."""
_LINK = re.compile(r"\]\((?!https?:)([^)\s]*)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Output:
    """What a page says that a command prints."""

    page: str
    command: str
    text: str
    folder: str = ""
    """Where it is run, from the folder of the project."""

    @property
    def parts(self) -> list[str]:
        """The pieces that stand together, without what was left out."""
        return [part for part in self.text.split(LEFT_OUT) if part]


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def outputs(page: str) -> list[Output]:
    found = _OUTPUT.finditer(read(page))
    return [Output(page, m["command"], m["text"], m["folder"] or "") for m in found]


def python(page: str) -> str:
    """All Python of a page as one program."""
    return "" if page in _NO_PROGRAM else "\n".join(_PYTHON.findall(read(page)))


def links(page: str) -> list[str]:
    return [match[1] for match in _LINK.finditer(read(page))]


def anchors(path: Path) -> set[str]:
    """What `#...` can name on a page, as GitHub makes it from the headings."""
    found = set()
    for heading in _HEADING.findall(path.read_text(encoding="utf-8")):
        kept = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(kept.replace(" ", "-"))
    return found


def script(name: str) -> ModuleType:
    """A script of docs/, imported."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
