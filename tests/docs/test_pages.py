"""What the documentation shows is what the files say and what the tool does."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cli.cli_invoke import invoke
from jsonschema import Draft202012Validator
from made_schemas import SCHEMAS, schema_text
from model_check import check
from model_check.cli.commands import COMMANDS, command_named
from model_check.cli.main import command as checks
from model_check.language.source.recognize import is_spec
from pages import DOCS, EXAMPLES, PAGES, ROOT, Output, anchors, links, outputs, python, read, script
from thorough import mostly

# Every example is as it expects to be, but for those that show what happens otherwise.
EXIT_CODES = {"lock.yaml": 1, "wrong.yaml": 2, "growth.yaml": 3}
QUICKLY_DRAWN = ("worker-crash", "late-ack", "outbox-gap")
"""Specs of the gallery whose reasons take no time."""
SHOWN: dict[tuple[str, str], list[Output]] = {}
"""What pages say that a command prints, by the command and where it is run: it is run once for all
of them."""
for _each in (each for page in PAGES for each in outputs(page)):
    SHOWN.setdefault((_each.command, _each.folder), []).append(_each)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_an_example_has_the_verdicts_that_it_expects(path: Path) -> None:
    expected = EXIT_CODES.get(path.name, 0)
    if expected == 2 or not is_spec(path):
        return  # compared below with what the page shows; a file of kinds is no spec
    assert check(path, reason=False).exit_code == expected


def test_every_example_is_on_a_page_and_every_page_shows_its_files_as_they_are() -> None:
    examples = script("make_examples")
    shown = []
    for page in PAGES:
        text = read(page)
        shown += examples.shown(text)
        assert examples.refreshed(text) == text, f"{page}: run docs/make_examples.py"
    files = [*EXAMPLES.glob("*.yaml"), *(DOCS / "tutorial").rglob("*.yaml")]
    files += (DOCS / "tutorial").rglob("*.py")
    assert sorted(set(shown)) == sorted(path.relative_to(ROOT).as_posix() for path in files)
    assert set(PAGES) >= set(examples.PAGES)


def test_the_reference_of_the_kinds_is_made_from_them() -> None:
    kinds = script("make_kinds")
    page = read("docs/kinds.md")
    assert kinds.refreshed(page) == page, "run docs/make_kinds.py"
    for name in ("redis.list[T]", "redis.pubsub[T]", "redis.hash[F, V]", "websocket[T]"):
        assert f"### `{name}`" in page


def test_the_page_of_codes_is_made_from_them() -> None:
    assert script("make_codes").page() == read("docs/codes.md"), "run docs/make_codes.py"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_made_from_the_form_of_its_document(name: str) -> None:
    made = schema_text(name)
    assert made == read(f"docs/{name}.schema.json"), "run python -m tests.docs.made_schemas"
    Draft202012Validator.check_schema(json.loads(made))


def test_the_pictures_are_what_the_tool_draws() -> None:
    pictures = script("make_pictures")
    for picture in pictures.PICTURES:
        drawn = pictures.drawn(picture)
        assert drawn == read(picture.file), f"{picture.file}: run docs/make_pictures.py"
    for page in pictures.PAGES:
        text = read(page)
        assert "```mermaid\nsequenceDiagram\n" in text
        assert pictures.refreshed(text) == text, f"{page}: run docs/make_pictures.py"


GALLERY = script("make_gallery")


@pytest.mark.thorough  # of every spec
def test_the_gallery_is_made_from_the_specs() -> None:
    assert GALLERY.page() == read("docs/gallery.md"), "run docs/make_gallery.py"
    told = re.findall(r"\]\(\.\./(specs/[\w/-]+\.yaml)\)", read("docs/gallery.md"))
    specs = ROOT.glob("specs/**/*.yaml")
    assert sorted(told) == sorted(path.relative_to(ROOT).as_posix() for path in specs)
    kept = {path.relative_to(ROOT).as_posix() for path in (DOCS / "gallery").iterdir()}
    assert kept <= {family.picture for family in GALLERY.families()}


@pytest.mark.parametrize(
    "family",
    mostly(GALLERY.families(), lambda family: Path(family.first).stem in QUICKLY_DRAWN),
    ids=lambda family: Path(family.first).stem,
)
def test_a_picture_of_the_gallery_is_what_the_tool_draws(family: Any) -> None:
    drawn = GALLERY.drawn(family)
    if drawn:
        assert drawn == read(family.picture), f"{family.picture}: run docs/make_gallery.py"


@pytest.mark.parametrize(("command", "folder"), SHOWN)
def test_a_command_prints_what_pages_show(
    command: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / folder)
    printed = run(command, tmp_path)
    for shown in SHOWN[command, folder]:
        if len(shown.parts) == 1 and "[...]" not in shown.text:
            assert printed == shown.text, shown.page
        place = 0
        for part in shown.parts:
            found = printed.find(part, place)
            assert found >= 0, (
                f"{shown.page}: not printed (any more):\n{part}\nbut:\n{printed[place:]}"
            )
            place = found + len(part)


def run(command: str, tmp_path: Path) -> str:
    """All that a command prints, in the folder of the project."""
    tool, *words = command.split()
    if tool == "pytest":
        return printed_by_pytest([*words, "--model-check-out", str(tmp_path)])
    assert tool == "model-check"
    named = command_named(words[0]) or checks
    if any("--out" in each.opts for each in named.params):
        end = words.index("--") if "--" in words else len(words)
        words[end:end] = ["--out", str(tmp_path)]
    done = invoke(*words)
    assert "Traceback" not in done.err
    return done.out + done.err


ALONE = ("-p", "no:cacheprovider", "--no-header", "--rootdir", ".", "-o", "addopts=")
"""Options of pytest with which it prints what it does in a project of its own."""


def printed_by_pytest(words: list[str]) -> str:
    """What pytest prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ALONE, *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if python(page)])
def test_the_python_on_a_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    program = tmp_path / "page.py"
    program.write_text(python(page), encoding="utf-8")
    assert "result" in runpy.run_path(str(program))


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md", "specs/README.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    here = (ROOT / page).parent
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = here / path if path else ROOT / page
        assert target.exists(), f"{page}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page}: {link}"


def test_the_language_page_names_every_key_function_and_form() -> None:
    from model_check.language import forms
    from model_check.language.source import recognize
    from model_check.language.syntax import names

    page = read("docs/language.md")
    for key in (*recognize.KEYS, *forms.FORMS, *names.FUNCTIONS):
        assert f"`{key}`" in page, key


def test_the_page_on_outputs_names_every_option_of_the_command() -> None:
    from model_check.cli.main import command

    page = read("docs/outputs.md")
    shown = {option.split(" ")[0] for option in re.findall(r"`(--[\w-]+[^`]*)`", page)}
    known = {word for each in command.params for word in each.opts if word.startswith("--")}
    assert known - shown == {"--version"}
    assert shown <= known


def test_the_page_on_repairs_names_every_option_of_its_commands() -> None:
    from model_check.cli import repair, rests_on

    page = read("docs/repair.md")
    shown = {option.split(" ")[0] for option in re.findall(r"`(--[\w-]+[^`]*)`", page)}
    known = {
        word
        for command in (repair.command, rests_on.command)
        for each in command.params
        for word in each.opts
        if word.startswith("--")
    }
    assert shown == known


def test_the_page_on_real_runs_names_every_option_of_its_commands() -> None:
    shown = {o.split(" ")[0] for o in re.findall(r"`(--[\w-]+[^`]*)`", read("docs/live.md"))}
    known = {
        word
        for each in COMMANDS
        if each.name in ("replay", "record", "monitor")
        for parameter in each.load().params
        for word in parameter.opts
        if word.startswith("--")
    }
    assert known == shown


def test_the_page_on_steering_names_every_option_of_its_command() -> None:
    from model_check.cli import steer

    shown = {o.split(" ")[0] for o in re.findall(r"`(--[\w-]+[^`]*)`", read("docs/steer.md"))}
    known = {word for each in steer.command.params for word in each.opts if "--" in word}
    assert known == shown


def test_the_page_on_comparing_names_every_option_of_its_command() -> None:
    from model_check.cli import compare

    shown = {o.split(" ")[0] for o in re.findall(r"`(--[\w-]+[^`]*)`", read("docs/compare.md"))}
    known = {word for each in compare.command.params for word in each.opts if "--" in word}
    assert known == shown


def test_the_page_on_likelihood_names_every_option_of_its_command() -> None:
    from model_check.cli import likelihood

    page = read("docs/likelihood.md").partition("## Options")[2]
    shown = {option.split(" ")[0] for option in re.findall(r"`(--[\w-]+[^`]*)`", page)}
    known = {word for each in likelihood.command.params for word in each.opts if "--" in word}
    assert known == shown
