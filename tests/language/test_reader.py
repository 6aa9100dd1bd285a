"""YAML into nodes with places: what is read, and what is refused with which message."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from model_check.language.source.diagnostics import Source, SpecError
from model_check.language.source.reader import (
    MappingNode,
    ScalarNode,
    SequenceNode,
    read_source,
    read_yaml,
)


def read(text: str) -> MappingNode:
    return read_yaml(Source("spec.yaml", text))


def refusal(text: str) -> str:
    """The first line of what is said about a bad text."""
    with pytest.raises(SpecError) as caught:
        read(text)
    return str(caught.value).split("\n")[0]


def scalar(root: MappingNode, key: str) -> ScalarNode:
    value = root.get(key)
    assert isinstance(value, ScalarNode)
    return value


def test_scalars_stay_text_whatever_yaml_1_1_thinks_of_them() -> None:
    root = read("on: no\nat: 12:30\nn: 010\nf: 1e3\nq: 'yes'\n")
    assert [(k.text, v.text) for k, v in root.entries if isinstance(v, ScalarNode)] == [
        ("on", "no"), ("at", "12:30"), ("n", "010"), ("f", "1e3"), ("q", "yes"),
    ]  # fmt: skip


def test_null_and_nothing_are_told_apart() -> None:
    root = read("a: null\nb:\nc: ~\nd: 'null'\n")
    assert [scalar(root, key).is_null for key in "abcd"] == [True, False, True, False]
    assert [scalar(root, key).is_empty for key in "abcd"] == [False, True, False, False]


def test_a_mapping_in_braces_keeps_its_own_text() -> None:
    value = read("a: {x: 1,\n  y: [2, 3]}\n").get("a")
    assert isinstance(value, MappingNode)
    assert value.flow is not None
    assert value.flow.text == "{x: 1,\n  y: [2, 3]}"
    assert str(value.flow.at(value.flow.text.index("y"))) == "spec.yaml:2:3"
    inner = value.get("y")
    assert isinstance(inner, SequenceNode)
    assert inner.flow is not None
    assert inner.flow.text == "[2, 3]"


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("a: needle\n", "needle", "1:4"),
        ("a: 'it''s a needle'\n", "needle", "1:13"),
        ('a: "\\u00e9 \\"x\\" needle"\n', "needle", "1:18"),
        ('a: "é needle"\n', "needle", "1:7"),
        ("a: one\n  two needle\n", "needle", "2:7"),
        ("a: >-\n  one\n\n  two\n  a needle\nb: c\n", "needle", "5:5"),
        ("a: |\n  one\n\n    needle\n", "needle", "4:5"),
        ("a: |2-  # two blanks\n    needle\n", "needle", "2:5"),
        ("b:\n  a: |\n\n\n     needle x\n", "needle", "5:6"),
        ('a: "one\\\n  two\n\n  needle"\n', "needle", "4:3"),
    ],
)
def test_every_character_of_a_scalar_knows_its_place(text: str, word: str, place: str) -> None:
    root = read(text)
    parent = root.get("b")
    node = parent.get("a") if isinstance(parent, MappingNode) else root.get("a")
    assert isinstance(node, ScalarNode)
    at = node.content.at(node.text.index(word))
    assert f"{at.line}:{at.column}" == place


def test_places_are_the_same_without_the_c_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: |\n  é x\n  y\nb: [1, 'z']\nc: one\n  two\n"
    fast = read(text)
    monkeypatch.delattr(yaml, "CLoader", raising=False)
    assert read(text) == fast


def test_a_duplicate_key_is_refused_with_both_places() -> None:
    assert refusal("a: 1\nb: 2\na: 3\n") == (
        "spec.yaml:3:1: the key a stands here twice (first in line 1)"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "spec.yaml:1:1: the file is empty"),
        ("# only\n# comments\n", "spec.yaml:1:1: the file is empty"),
        ("- a\n", "spec.yaml:1:1: the top level must be a mapping, this is a list (key: value)"),
        ("a\n", "spec.yaml:1:1: the top level must be a mapping, this is only text (key: value)"),
        ("a: 1\n---\nb: 2\n", "spec.yaml:2:1: a second document starts here (one spec a file)"),
        (
            "a: &x [y]\nb: *x\n",
            "spec.yaml:1:4: anchors are not supported (write it out, or quote the text)",
        ),
        ("a: *x\n", "spec.yaml:1:4: aliases are not supported (write it out, or quote the text)"),
        ("a: !x y\n", "spec.yaml:1:4: the tag !x is not supported (quote the text)"),
        ("[a]: 1\n", "spec.yaml:1:1: a key must be a word (quote the text)"),
        ("a:\n\tb: 1\n", "spec.yaml:2:1: a tab in the indentation (indent with spaces)"),
        ("a: \x07\n", "spec.yaml:1:4: the character U+0007 is not allowed here"),
        ("a: b\u2028\n", "spec.yaml:1:5: the character U+2028 is not allowed here"),
        ("a: " + "[" * 10_000, "spec.yaml:1:53: this is nested deeper than 50 levels"),
        ("a: " + "{x: " * 10_000, "spec.yaml:1:200: this is nested deeper than 50 levels"),
        (
            "run: publish: x\n",
            "spec.yaml:1:13: this is not YAML: mapping values are not allowed here "
            "(a text with `: ` in it must be quoted, program text goes under `run: |`)",
        ),
        (
            "a: [x] == y\n",
            "spec.yaml:1:8: this is not YAML: expected block end, but found 'scalar' "
            "(quote the whole value)",
        ),
    ],
)
def test_what_is_no_spec_is_refused_in_one_line(text: str, said: str) -> None:
    assert refusal(text) == said


def test_an_alias_bomb_costs_nothing() -> None:
    levels = "".join(
        f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9) if n else 'lol'}]\n" for n in range(9)
    )
    assert refusal(levels).startswith("spec.yaml:1:5: anchors are not supported")


def test_line_ends_of_windows_and_a_byte_order_mark_do_not_move_places(tmp_path: Path) -> None:
    file = tmp_path / "spec.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\n")
    root = read_yaml(read_source(file))
    assert str(root.entries[0][0].at).endswith("spec.yaml:1:1")
    block = scalar(root, "b")
    assert block.text == "x\ny\n"
    assert str(block.content.at(2)).endswith("spec.yaml:4:3")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: \0\n", "1:1: this is a binary file, not YAML: it has NUL bytes"),
        (b"ab: 1\ncaf\xe9: 2\n", "2:4: this is not UTF-8 (save it as UTF-8)"),
        ("a: b".encode("utf-16"), "1:1: this is UTF-16 (save it as UTF-8)"),
        (b"a: b\n" * 2_000_000, "1:1: the file is longer than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "spec.yaml"
    file.write_bytes(content)
    with pytest.raises(SpecError) as caught:
        read_source(file)
    assert str(caught.value).split("\n")[0] == f"{file}:{said}"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing.yaml", "missing.yaml:1:1: no such file"),
        (".", ".:1:1: this is a directory, not a spec"),
        ("/dev/null", "/dev/null:1:1: this is not a regular file"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b:1:1: this cannot be read: not a path"),
    ],
)
def test_a_path_that_leads_to_no_file_is_refused(
    path: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecError) as caught:
        read_source(path)
    assert str(caught.value) == said


def test_the_caret_stands_under_the_character_even_behind_wide_ones() -> None:
    with pytest.raises(SpecError) as caught:
        read("日本: e\u0301 \x07\n")
    assert str(caught.value).split("\n")[2] == "    " + " " * (4 + 1 + 1 + 1 + 1) + "^"


def test_a_caret_in_a_very_long_line_shows_a_part_of_it() -> None:
    with pytest.raises(SpecError) as caught:
        read("a: " + "x" * 5_000 + "\x07\n")
    _, line, caret = str(caught.value).split("\n")
    assert len(line) < 170
    assert line[caret.index("^")] == "\N{REPLACEMENT CHARACTER}"


def test_a_thousand_mistakes_are_not_all_told() -> None:
    with pytest.raises(SpecError) as caught:
        read("[a]: 1\n" * 1_000)
    assert len(caught.value.diagnostics) == 101
    assert caught.value.diagnostics[-1].message == "too many mistakes, the rest was not read"


def test_a_file_of_very_many_values_is_refused() -> None:
    assert refusal("a: [" + "b, " * 30_000 + "b]\n").startswith(
        "spec.yaml:1:59996: there are more than 20,000 keys and values"
    )


def test_a_broken_indent_is_told_where_it_is_though_brackets_before_it_have_a_question_mark() -> (
    None
):
    text = "vars:\n  a: {known: bool?}\n  b: 0..1\n c: 0..1\n"
    with pytest.raises(SpecError) as caught:
        read_yaml(Source("spec.yaml", text))
    assert str(caught.value).startswith("spec.yaml:4:2: this is not YAML: did not find expected")
    with pytest.raises(SpecError) as caught:
        read_yaml(Source("spec.yaml", text.replace("bool?", "bool")))
    assert str(caught.value).startswith("spec.yaml:4:2: this is not YAML: expected block end")
