"""Whatever is wrong with a spec: exit code 2, the place and a caret, and never a traceback."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from bad_specs import GOOD, messages, refused
from cli_invoke import SPECS, invoke, spec


@dataclass(frozen=True)
class Mistake:
    """`old` in the good spec, written as `new`: the message, and what the caret stands under."""

    name: str
    old: str
    new: str
    message: str
    under: str


MISTAKES = [
    Mistake(
        "an unknown key at the top", "constants:", "constant:",
        "unknown key in a spec: constant (did you mean constants?)", "constant:",
    ),
    Mistake(
        "an unknown key in a process", "    vars:", "    var:",
        "unknown key in the process writer: var (did you mean vars?)", "var:",
    ),
    Mistake(
        "an unknown key in a property", "    always:", "    expects: holds\n    always:",
        "unknown key in the property fine: expects (did you mean expect?)", "expects:",
    ),
    Mistake(
        "an unknown key in a resource", "    kind: redis", "    color: red\n    kind: redis",
        "unknown key in the resource history: color", "color:",
    ),
    Mistake(
        "an unknown resource", "history.rpush", "histroy.rpush",
        "no such resource: histroy (did you mean history?)", "histroy.",
    ),
    Mistake(
        "an unknown process", "latest < 3", "writter.mine < 3",
        "no such process or variable: writter (did you mean writer?)", "writter.",
    ),
    Mistake(
        "an unknown label", "latest < 3", "at(writer, sav)",
        "no such label in writer: sav (did you mean save?)", "sav)",
    ),
    Mistake(
        "an unknown type", "mine: Chunk", "mine: Chunks",
        "no such type: Chunks (did you mean Chunk?)", "Chunks",
    ),
    Mistake(
        "an unknown command", "rpush(1)", "rpuhs(1)",
        "redis.list[Chunk] has no command rpuhs (did you mean rpush?)", "history.rpuhs",
    ),
    Mistake(
        "an unknown kind", "redis.list[Chunk]", "redis.lits[Chunk]",
        "no such kind: redis.lits (did you mean redis.list?)", "redis.lits",
    ),
    Mistake(
        "too many arguments", "rpush(1)", "llen(1)",
        "history.llen takes no argument, 1 given", "1)",
    ),
    Mistake(
        "too few arguments", "rpush(1)", "rpush()",
        "history.rpush does not take this (it is called history.rpush(value), "
        "history.rpush(*values))", "history.rpush()",
    ),
    Mistake(
        "an argument of the wrong type", "rpush(1)", "rpush(True)",
        "value of history.rpush is 1..3, this is bool", "True)",
    ),
    Mistake(
        "an argument that no chunk can be", "rpush(1)", "rpush(7)",
        "7 is outside of value of history.rpush, which is 1..3", "7)",
    ),
    Mistake(
        "a function with too many arguments", "latest < 3", "len([1], [2]) == 1",
        "len takes 1 argument, 2 given", "len(",
    ),
    Mistake(
        "types that do not go together", "latest < 3", "latest + True < 3",
        "+ does not work on 1..3 and bool", "latest +",
    ),
    Mistake(
        "a property that is no truth", "latest < 3", "latest + 1",
        "needs True or False", "latest + 1",
    ),
    Mistake(
        "an undeclared name", "latest < 3", "latset < 3",
        "no such name: latset (did you mean latest?)", "latset",
    ),
    Mistake(
        "an assignment to a constant", "latest = 2", "TOTAL = 2",
        "TOTAL is a constant", "TOTAL = 2",
    ),
    Mistake(
        "a label that stands twice", "note: latest", "save: latest",
        "save", "save: latest",
    ),
    Mistake(
        "an unlabelled read of shared state", "      note: latest = 2",
        "      if latest > 1:\n          note: latest = 2",
        "latest is shared (label it: a condition that reads shared state is a step)", "latest > 1",
    ),
    Mistake(
        "an unlabelled read of a resource", "      note: latest = 2",
        "      if history.llen() > 1:\n          note: latest = 2",
        "label it: a condition that reads shared state is a step", "history.llen()",
    ),
    Mistake(
        "an extended spec that is missing", "model: good", "extends: nowhere.yaml\nmodel: good",
        "nowhere.yaml", "nowhere.yaml",
    ),
    Mistake(
        "a spec that extends itself", "model: good", "extends: spec.yaml\nmodel: good",
        "a spec extends itself", "spec.yaml",
    ),
    Mistake(
        "an empty range", "Chunk: 1..TOTAL", "Chunk: 5..TOTAL",
        "constant out of range: 5..3 is empty", "5..TOTAL",
    ),
    Mistake(
        "a huge constant", "TOTAL: 3", "TOTAL: 99999999999",
        "constant out of range", "99999999999",
    ),
    Mistake(
        "a key that stands twice", "types:\n", "constants:\n  TOTAL: 4\ntypes:\n",
        "constants", "constants:",
    ),
    Mistake(
        "a tab", "  TOTAL: 3", "\tTOTAL: 3",
        "tab", "\tTOTAL",
    ),
    Mistake(
        "what is no YAML", "  TOTAL: 3", "  TOTAL: [3",
        "this is not YAML", "",
    ),
    Mistake(
        "what is no program", "note: latest = 2", "note: latest = = 2",
        "", "",
    ),
    Mistake(
        "Python that is none of the language", "note: latest = 2", "import os",
        "`import` is not part of the language", "import os",
    ),
    Mistake(
        "a dunder", "latest < 3", "latest.__class__ == 3",
        "has no fields: .__class__ is not there", "latest.__class__",
    ),
    Mistake(
        "a property without a formula", "    always: latest < 3", "    about: nothing",
        "fine needs exactly one of always, never, finally", "fine:",
    ),
    Mistake(
        "an expectation that is none", "    always:", "    expect: maybe\n    always:",
        "expect is holds or violated, not maybe", "maybe",
    ),
]  # fmt: skip


def test_the_spec_that_is_spoiled_below_is_good(tmp_path: Path) -> None:
    outcome = invoke(spec(tmp_path, GOOD), "--out", tmp_path / "out")
    assert outcome.code == 0


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_one_mistake_gives_one_message_with_its_place_and_a_caret(
    mistake: Mistake, tmp_path: Path
) -> None:
    assert GOOD.count(mistake.old) == 1
    path = spec(tmp_path, GOOD.replace(mistake.old, mistake.new))
    outcome = refused(path)

    found = messages(outcome)
    assert len(found) == 1, outcome.err
    line, column, message = found[0]
    assert mistake.message in message
    source = path.read_text(encoding="utf-8").split("\n")[line - 1]
    assert source[column - 1 :].startswith(mistake.under)
    _, shown, caret = outcome.err.rstrip("\n").split("\n")
    assert shown == "    " + source
    assert caret == "    " + re.sub(r"[^\t]", " ", source[: column - 1]) + "^"


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace("1..TOTAL", "1..TOTALS").replace("rpush(1)", "rpuhs(1)")
    text = text.replace("latest < 3", "latset < 3").replace("redis.list", "redis.lits")
    outcome = refused(spec(tmp_path, text))
    found = messages(outcome)
    assert [line for line, _, _ in found] == [5, 10, 20]
    assert [message for _, _, message in found] == [
        "no such name: TOTALS (did you mean TOTAL?)",
        "no such kind: redis.lits (did you mean redis.list?)",
        "no such name: latset (did you mean latest?)",
    ]
    assert outcome.err.count("^") == 3


def test_specs_that_extend_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("extends: b.yaml\nmodel: a\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\nmodel: b\n")
    outcome = refused(tmp_path / "a.yaml")
    ((line, column, message),) = messages(outcome)
    assert (line, column) == (1, 10)
    assert "a.yaml -> " in message
    assert "b.yaml -> " in message


def test_set_of_an_unknown_name_is_refused_with_the_word_of_the_command_line(
    tmp_path: Path,
) -> None:
    outcome = refused(spec(tmp_path, GOOD), "--set", "TOTL=4")
    assert outcome.err.splitlines() == [
        "--set:1:1: no such constant: TOTL (did you mean TOTAL?)",
        "    TOTL=4",
        "    ^",
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--set", "TOTAL"), "'TOTAL' is not NAME=VALUE"),
        (("--set", "TOTAL="), "'TOTAL=' is not NAME=VALUE"),
        (("--max-states", "0"), "Invalid value for '--max-states'"),
        (("--max-memory", "much"), "'much' is not an amount of memory"),
        (("--format", "gif"), "'gif' is not a picture format"),
        (("--colour",), "No such option"),
        (("and", "more"), "unexpected extra arguments"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    assert message in refused(spec(tmp_path, GOOD), *words).err


def test_set_of_a_value_that_is_none_is_refused(tmp_path: Path) -> None:
    outcome = refused(spec(tmp_path, GOOD), "--set", "TOTAL=1 +")
    assert outcome.err.startswith("--set:1:")
    outcome = refused(spec(tmp_path, GOOD), "--set", "TOTAL=None")
    assert outcome.err.startswith("--set:1:7: ")


def test_a_constant_set_out_of_range_shows_the_place_in_the_spec(tmp_path: Path) -> None:
    outcome = refused(spec(tmp_path, GOOD), "--set", "TOTAL=0")
    assert "constant out of range: 1..0 is empty" in outcome.err


@pytest.mark.parametrize("text", ["", "   \n\n", "# nothing but a comment\n", "---\n", "null\n"])
def test_an_empty_file_is_refused(text: str, tmp_path: Path) -> None:
    assert len(messages(refused(spec(tmp_path, text)))) == 1


@pytest.mark.parametrize("text", ["just words\n", "- a\n- list\n", "42\n"])
def test_yaml_that_is_no_mapping_is_refused(text: str, tmp_path: Path) -> None:
    outcome = refused(spec(tmp_path, text))
    ((line, column, _),) = messages(outcome)
    assert (line, column) == (1, 1)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"model: \x00\n", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_text_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_bytes(data)
    assert len(messages(refused(path))) == 1


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "nowhere.yaml" in refused(tmp_path / "nowhere.yaml").err


def test_a_folder_without_specs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("on: push\n")
    outcome = refused(tmp_path)
    assert (
        outcome.err == f"{tmp_path}: there is no spec in this folder (a .yaml file with `model:`)\n"
    )


def test_a_wrong_spec_in_a_folder_is_told_and_the_others_are_checked(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(GOOD.replace("rpush(1)", "rpuhs(1)"))
    (tmp_path / "good.yaml").write_text(GOOD)
    outcome = invoke(tmp_path, "--out", tmp_path / "out")
    assert outcome.code == 2
    assert len(messages(outcome)) == 1
    assert re.search(r"good +fine +holds", outcome.out)
    assert re.search(r"^1 spec, \d properties: 1 spec not checked ", outcome.out, re.MULTILINE)
    (tmp_path / "good.yaml").unlink()
    assert "every verdict as expected" not in invoke(tmp_path).out


def test_the_specs_of_the_project_are_no_bad_input() -> None:
    assert len(list(SPECS.glob("*.yaml"))) == 19
