"""Builds the documentation as a site: `uv run python docs/make_site.py [FOLDER]`.

The pages stay as they are on GitHub. For the site they are laid into one folder, with every spec
that they name as a page of its own; links follow. What only readers of the source need (a module, a
test) stays a word there. Zensical builds it, strictly; then every link, picture and script of the
result must lead to something in it, so that it works without a network and from a file system.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parent.parent
WORKER = "docs/site/worker.js"
"""What takes the place of the script that Zensical would fetch for a site in a file system."""
FETCHED = "https://unpkg.com/iframe-worker/shim"
SETTINGS = ROOT / "docs/site/zensical.toml"

PARTS: dict[str, tuple[str, ...]] = {
    "Start": ("README.md", "docs/tutorial.md", "docs/gallery.md"),
    "Write a spec": (
        "docs/language.md",
        "docs/kinds.md",
        "docs/time.md",
        "docs/editors.md",
        "docs/codes.md",
        "specs/README.md",
    ),
    "Read a result": (
        "docs/outputs.md",
        "docs/why.md",
        "docs/report.md",
        "docs/compare.md",
        "docs/likelihood.md",
        "docs/long-searches.md",
    ),
    "Mend": ("docs/repair.md", "docs/ci.md"),
    "For real": ("docs/live.md", "docs/steer.md"),
    "Inside": ("docs/inside.md", "docs/cluster.md", "CONTRIBUTING.md", "CHANGELOG.md"),
}
"""Every page, by what a reader wants; one that nobody named is in the part `MORE`."""
MORE = "More"
_MOVED = {"README.md": "index.md", "specs/README.md": "specs/index.md"}
_LINK = re.compile(r"(?P<text>\[(?:!\[[^\]]*\]\([^)]*\)|[^\]\[]|\[[^\]]*\])*\])\((?P<to>[^)\s]+)\)")
_IMAGE = re.compile(r"!\[(?P<text>[^\]]*)\]\((?P<to>[^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")


class SiteError(Exception):
    """The site cannot be built, or is not whole: says what is wrong, a line each."""


@dataclass(slots=True)
class Stage:
    """The folder that the site is built from."""

    folder: Path
    asked: set[str] = field(default_factory=set)
    """Files that are named by a page and have to come along, by their path from the root."""

    def lay(self) -> None:
        """Lay all pages there, and then what they name."""
        for page in pages():
            text = (ROOT / page).read_text(encoding="utf-8")
            self._write(place_of(page), self.linked(text, page))
        shutil.copyfile(SETTINGS.with_name("site.css"), self.folder / "site.css")
        done: set[str] = set()
        while left := sorted(self.asked - done):
            for path in left:
                self._bring(path)
            done |= set(left)

    def linked(self, text: str, page: str) -> str:
        """A page's text with its links as they are in the site; code stays as it is."""
        kept: list[str] = []

        def keep(match: re.Match[str]) -> str:
            kept.append(match[0])
            return f"\x00{len(kept) - 1}\x00"

        text = _CODE.sub(keep, _FENCE.sub(keep, text))
        text = _IMAGE.sub(lambda m: f"![{m['text']}]({self._target(m['to'], page)})", text)
        text = _LINK.sub(lambda m: self._link(m, page), text)
        while "\x00" in text:
            text = re.sub("\x00(\\d+)\x00", lambda m: kept[int(m[1])], text)
        return text

    def _link(self, match: re.Match[str], page: str) -> str:
        target = self._target(match["to"], page)
        return f"{match['text']}({target})" if target else match["text"][1:-1]

    def _target(self, to: str, page: str) -> str:
        """Where a link leads in the site; "" if nowhere."""
        path, hash_, anchor = to.partition("#")
        if not path or urlsplit(to).scheme or "\x00" in to:
            return to
        here = posixpath.dirname(page)
        wanted = posixpath.normpath(posixpath.join(here, unquote(path)))
        if wanted == place_of(page):  # has been followed already
            return to
        source = _source_of(wanted)
        if not source:
            return ""
        if source not in pages():
            self.asked.add(source)
        start = posixpath.dirname(place_of(page)) or "."
        return posixpath.relpath(place_of(source), start) + hash_ + anchor

    def _bring(self, path: str) -> None:
        if path.endswith(".yaml"):
            text = (ROOT / path).read_text(encoding="utf-8")
            self._write(place_of(path), f"# {path}\n\n```yaml\n{text}```\n")
            return
        place = self.folder / place_of(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, place)

    def _write(self, place: str, text: str) -> None:
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def pages() -> list[str]:
    """All pages, by their path from the root, in the order of the site."""
    return [page for part in parts().values() for page in part]


def parts() -> dict[str, tuple[str, ...]]:
    """The parts of the site with their pages."""
    named = {page for part in PARTS.values() for page in part}
    found = (f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))
    more = tuple(page for page in found if page not in named)
    return {**PARTS, MORE: more} if more else PARTS


def place_of(path: str) -> str:
    """Where a file of the repository is in the site's folder."""
    if path in _MOVED:
        return _MOVED[path]
    if path.endswith(".yaml"):
        path = path.removesuffix(".yaml") + ".md"
        return (
            f"specs/{path.removeprefix('specs/')}" if path.startswith("specs/") else f"files/{path}"
        )
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return path.lower() if path in pages() else f"files/{path}"


def _source_of(wanted: str) -> str:
    """The file that a link means: itself, or the first page of a folder; "" for the source."""
    if wanted == "specs":
        wanted = "specs/README.md"
    ours = wanted in pages() or wanted.startswith("docs/") or wanted.endswith(".yaml")
    is_file = (ROOT / wanted).is_file() and not wanted.endswith((".py", ".ipynb"))
    return wanted if (ours or wanted == "LICENSE") and is_file else ""


def settings(stage: Path, site: Path) -> str:
    """The settings of Zensical, with what depends on the pages."""
    told = []
    for part, names in parts().items():
        inside = ", ".join(f'"{place_of(name)}"' for name in names)
        told.append(f'  {{"{part}" = [{inside}]}},')
    head = f'docs_dir = "{stage.name}"\nsite_dir = "{site.name}"\nnav = [\n' + "\n".join(told)
    text = SETTINGS.read_text(encoding="utf-8")
    return text.replace("[project]\n", f"[project]\n{head}\n]\n", 1)


def build(site: Path) -> None:
    """Build the site into a folder, which is made anew. Raises SiteError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage, built = folder / "pages", folder / "site"
        Stage(stage).lay()
        (folder / "zensical.toml").write_text(settings(stage, built), encoding="utf-8")
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise SiteError(done.stdout + done.stderr)
        _give_worker(built)
        if wrong := list(mistakes(built)):
            raise SiteError("\n".join(wrong))
        if site.exists():
            shutil.rmtree(site)
        shutil.copytree(built, site)


def _give_worker(site: Path) -> None:
    """Have pages load our script where they would fetch one."""
    place = "assets/javascripts/file-worker.js"
    shutil.copyfile(ROOT / WORKER, site / place)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        here = os.path.relpath(site / place, page.parent).replace(os.sep, "/")
        page.write_text(text.replace(FETCHED, here), encoding="utf-8")


class _Names(HTMLParser):
    """What a page leads to, what it loads, and which anchors it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[each] for each in ("id", "name") if each in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        self.loads += [given["src"]] if "src" in given else []
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loads.append(given["href"])


def mistakes(site: Path) -> Iterator[str]:
    """What of a built site leads nowhere, or would be fetched from elsewhere."""
    read: dict[Path, _Names] = {}
    for page in sorted(site.rglob("*.html")):
        read[page] = names = _Names()
        names.feed(page.read_text(encoding="utf-8"))
    for page, names in read.items():
        shown = page.relative_to(site)
        if page.name == "404.html":  # its links begin at the root of a server
            continue
        for link in (*names.links, *names.loads):
            to = urlsplit(link)
            if to.scheme or to.netloc:
                if link in names.loads and to.scheme != "data":
                    yield f"{shown} would fetch {link}"
                continue
            target = (page.parent / unquote(to.path)).resolve() if to.path else page
            target = target / "index.html" if target.is_dir() else target
            if not target.exists():
                yield f"{shown}: {link} leads nowhere"
            elif (
                to.fragment and target in read and unquote(to.fragment) not in read[target].anchors
            ):
                yield f"{shown}: there is no {link}"


def main() -> None:
    site = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "out" / "site"
    try:
        build(site)
    except SiteError as error:
        sys.exit(str(error))
    print(f"built: {site / 'index.html'}")


if __name__ == "__main__":
    main()
