"""A spec is found by its name, by every command in the same way."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_invoke import invoke
from model_check.language.source.recognize import NoSuchSpecError, spec_named

SPEC = """\
model: webhook
vars: {charges: 0..2}
processes:
  handler: {run: "charge: charges += 1"}
properties:
  once: {always: charges <= 1}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with some specs, which is where the user is."""
    monkeypatch.chdir(tmp_path)
    for name in ("specs/webhook.yaml", "specs/faults/lease.yaml", "specs/a/twin.yaml",
                 "specs/b/twin.yaml", "here.yml", "other/fix.yaml"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("webhook", "specs/webhook.yaml"),
        ("webhook.yaml", "specs/webhook.yaml"),
        ("lease", "specs/faults/lease.yaml"),
        ("here", "here.yml"),
        ("specs", "specs"),
        ("specs/faults", "specs/faults"),
        ("specs/webhook", "specs/webhook"),
        ("fix", "other/fix.yaml"),
    ],
)
def test_a_name_is_looked_for_here_in_specs_and_beside(
    wanted: str, found: str, project: Path
) -> None:
    assert spec_named(Path(wanted), Path("other/first.yaml")) == Path(found)


def test_a_folder_of_the_program_does_not_hide_the_spec_of_its_name(project: Path) -> None:
    for name in ("webhook", "others"):
        (project / name).mkdir()
        (project / name / "__init__.py").touch()
    assert spec_named(Path("webhook")) == Path("specs/webhook.yaml")
    assert spec_named(Path("others")) == Path("others")
    assert "others: there is no spec in this folder" in invoke("others").err
    (project / "webhook" / "own.yaml").write_text(SPEC, encoding="utf-8")
    assert spec_named(Path("webhook")) == Path("webhook")


def test_a_name_that_two_specs_have_is_not_guessed(project: Path) -> None:
    told = "two specs are called so, specs/a/twin.yaml and specs/b/twin.yaml"
    with pytest.raises(NoSuchSpecError, match=told):
        spec_named(Path("twin"))


@pytest.mark.parametrize("wanted", ["webhok", "w" * 5000, "a\0b", "\udcff"])
def test_no_such_name_is_told_with_where_it_was_looked_for(wanted: str, project: Path) -> None:
    with pytest.raises(NoSuchSpecError, match=r"looked for .* and .*specs"):
        spec_named(Path(wanted))


@pytest.mark.parametrize(
    "words",
    [
        ("webhook", "--no-draw"),
        ("rests-on", "webhook"),
        ("repair", "webhook"),
        ("compare", "webhook", "lease"),
        ("monitor", "webhook", "nothing.log"),
        ("replay", "webhook"),
        ("record", "webhook"),
    ],
)
def test_every_command_finds_the_spec_and_says_so_where_there_is_none(
    words: tuple[str, ...], project: Path
) -> None:
    done = invoke(*words)
    assert "no such spec" not in done.err
    done = invoke(*("webhok" if word == "webhook" else word for word in words))
    assert done.code == 2
    assert "no such spec: webhok (looked for webhok.yaml and specs/webhok.yaml" in done.err
    assert "did you mean webhook?" in done.err
    assert "Traceback" not in done.err


def test_a_misspelt_command_without_more_words_is_answered_too(project: Path) -> None:
    assert "(did you mean model-check repair?)" in invoke("repiar").err
