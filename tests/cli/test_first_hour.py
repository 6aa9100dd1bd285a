"""The commands of the first hour: a first spec and its test, and the kinds with their commands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli_invoke import invoke
from model_check import check, repair
from model_check.cli.init import TEMPLATES
from model_check.language.source.recognize import find_specs
from model_check.language.syntax.kindfile import builtin_kinds
from model_check.language.syntax.nodes import KindDoc
from model_check.language.syntax.payload import told_wire

VIOLATED = {
    "pubsub": "all_shown", "stream": "none_skipped", "queue": "all_handled",
    "lock": "one_at_a_time", "cache": "not_stale_for_ever", "webhook": "charged_once",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_first_spec_has_one_mistake_that_repair_mends(template: str, tmp_path: Path) -> None:
    outcome = invoke("init", "mine", "--template", template)
    assert outcome.code == 0
    assert outcome.out.startswith(
        "written: specs/mine.yaml tests/test_mine.py specs/model-check.schema.json\n"
    )
    result = check("specs/mine.yaml", reason=False)
    assert result.model == "mine"
    wrong = [each.name for each in result.properties if not each.as_expected]
    assert wrong == ([VIOLATED[template]] if template in VIOLATED else [])
    if wrong:
        assert repair("specs/mine.yaml").repairs


def test_what_is_written_is_a_test_that_is_red_until_the_spec_is_mended(tmp_path: Path) -> None:
    assert invoke("init", "webhook").code == 0
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    red = subprocess.run(run, capture_output=True, text=True, check=False)
    assert red.returncode == 1
    assert "charged_once is violated after 6 steps" in red.stdout
    assert "<Result of webhook: charged_once is violated; 20 states>" in red.stdout
    spec = Path("specs/webhook.yaml")
    text = spec.read_text(encoding="utf-8")
    mended = {
        "      seen: bool?": "      first: bool",
        "seen = known.get()": "first = known.setnx(True)",
        "if seen is None:\n          note: known.set(True)\n": "if first:\n",
    }
    for before, after in mended.items():
        assert before in text
        text = text.replace(before, after)
    spec.write_text(text, encoding="utf-8")
    green = subprocess.run(run, capture_output=True, text=True, check=False)
    assert green.returncode == 0, green.stdout


def test_what_repair_writes_is_a_test_and_a_part_of_a_folder_only_if_it_is_named() -> None:
    assert invoke("init", "webhook").code == 0
    assert invoke("repair", "webhook").code == 0
    folder = Path("out/webhook/repairs")
    assert invoke(folder / "repair-1.yaml", "--no-draw").code == 0
    collect = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only"]
    for words, ours in {
        (): 0,
        ("out/webhook/repairs",): 3,
        (f"{folder}/repair-1.yaml",): 3,
    }.items():
        done = subprocess.run([*collect, *words], capture_output=True, text=True, check=False)
        assert done.stdout.count("repair-1.yaml::") == ours, done.stdout
        assert done.returncode == 0
    for hidden in (".venv/a.yaml", "node_modules/b/c.yaml"):
        Path(hidden).parent.mkdir(parents=True)
        Path(hidden).write_text(Path("specs/webhook.yaml").read_text("utf-8"), encoding="utf-8")
    assert [path.as_posix() for path in find_specs(Path())] == ["specs/webhook.yaml"]
    assert [path.name for path in find_specs(folder)] == ["repair-1.yaml"]


def test_nothing_is_written_over(tmp_path: Path) -> None:
    Path("tests").mkdir()
    Path("tests/test_webhook.py").write_text("mine", encoding="utf-8")
    outcome = invoke("init", "webhook")
    assert outcome.code == 2
    assert outcome.err == "tests/test_webhook.py: is there already: nothing was written\n"
    assert not Path("specs").exists()


def test_where_one_file_cannot_be_written_none_is(tmp_path: Path) -> None:
    Path("tests").touch()
    outcome = invoke("init", "webhook")
    assert (outcome.code, outcome.err) == (2, "tests: is no folder: nothing was written\n")
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "tests"]


@pytest.mark.parametrize("name", ["null", "true", "007", "ünï"])
def test_a_name_that_yaml_reads_as_something_else_is_a_name(name: str) -> None:
    assert invoke("init", name).code == 0
    assert invoke(f"specs/{name}.yaml", "--no-draw", "--no-reason").code == 1


@pytest.mark.parametrize("name", ["../x", "a/b", "", "con"])
def test_a_name_that_cannot_be_a_models_is_refused(name: str, tmp_path: Path) -> None:
    outcome = invoke("init", name)
    assert outcome.code == 2
    assert "cannot name a model" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_asked_where_there_is_no_terminal() -> None:
    outcome = invoke("init")
    assert outcome.code == 0
    assert Path("specs/pubsub.yaml").exists()


# --- kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", builtin_kinds().values(), ids=lambda kind: kind.name)
def test_a_kind_is_told_with_its_commands_and_an_example(kind: KindDoc) -> None:
    outcome = invoke("kinds", kind.name)
    assert outcome.code == 0
    for command in kind.commands:
        assert f"  {command.name.text.partition('(')[0]}(" in outcome.out
        # What is given any number of others (`blpop(*more)`) is told once.
        wire = re.sub(r"\{(\w+)_1\}( \{\1_\d\})*", r"{\1}", told_wire(command.wire))
        assert wire in outcome.out
    for line in kind.example.splitlines():
        assert f"  {line}\n" in outcome.out


@pytest.mark.parametrize("kind", builtin_kinds().values(), ids=lambda kind: kind.name)
def test_the_example_of_a_kind_is_a_spec(kind: KindDoc, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(f"model: example\ntypes: {{Job: 1..2}}\n{kind.example}", encoding="utf-8")
    assert f"kind: {kind.name}" in kind.example.replace('"', "")
    assert check(path, reason=False)


def test_all_kinds_are_told_in_a_line_each() -> None:
    outcome = invoke("kinds")
    for kind in builtin_kinds():
        assert f"\n{kind}" in f"\n{outcome.out}"


def test_a_kind_is_found_as_it_is_listed_and_a_family_by_its_name() -> None:
    assert invoke("kinds", "Redis.List[T]").out == invoke("kinds", "redis.list").out
    heads = re.findall(r"^(\S+)\[", invoke("kinds", "redis").out, re.MULTILINE)
    assert heads == [kind for kind in builtin_kinds() if kind.startswith("redis.")]


def test_a_kind_that_there_is_not_is_answered_with_the_nearest() -> None:
    outcome = invoke("kinds", "redis.lst")
    assert outcome.code == 2
    assert outcome.err == "no kind is called redis.lst: did you mean redis.list?\n"
