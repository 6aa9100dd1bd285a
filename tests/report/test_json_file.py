"""JSON of unknown origin is read within bounds, and what is wrong in it is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.report.documents import json_file
from model_check.report.documents.json_file import Json, JsonError, read_json


def read(folder: Path, text: str | bytes) -> Json:
    path = folder / "document.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_json(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "this is no JSON"),
        ("{", "this is no JSON"),
        ("{'a': 1}", "this is no JSON"),
        ("NaN", "this is no JSON: NaN is no value"),
        (b"\xff", "this is no JSON"),
        ("1" * 5000, "this is no JSON"),
        ("[" * 101 + "]" * 101, "nested deeper than 100 levels"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested deeper than 100 levels"),
        ("[" * 200_000, "nested deeper than 100 levels"),
    ],
)
def test_what_cannot_be_read_is_an_error(text: str | bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(JsonError, match=said):
        read(tmp_path, text)


def test_a_hundred_levels_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, "[" * 99 + "1" + "]" * 99).place == "$"


def test_a_document_has_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_file, "MOST_VALUES", 4)
    assert read(tmp_path, "[1,2,3]").value == [1, 2, 3]
    with pytest.raises(JsonError, match="more than 4 values"):
        read(tmp_path, "[1,[],{}]")
    monkeypatch.setattr(json_file, "LARGEST", 6)
    with pytest.raises(JsonError, match="longer than 6 bytes"):
        read(tmp_path, "[1,2,3]")


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (lambda d: d.get("a").get("#b").items()[1].text(), r'$.a["#b"][1]: this must be text, it'),
        (lambda d: d.get("a").get("c"), "$.a.c is missing"),
        (lambda d: d.get("a").get("\x1b[m"), r'$.a["\u001b[m"] is missing'),
        (lambda d: d.get("a").items(), '$.a: this must be a list, it is {"#b": ["x", true]}'),
        (lambda d: d.get("a").get("#b").get("x"), '$.a["#b"]: this must be an object'),
        (lambda d: d.get("e").plain(), "$.e[0].f: this must be a value of a spec, it is 1.5"),
    ],
)
def test_what_is_not_as_it_must_be_is_told_with_its_place(look, said, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    document = read(tmp_path, '{"a": {"#b": ["x", true]}, "e": [{"f": 1.5}]}')
    with pytest.raises(JsonError) as found:
        look(document)
    assert str(found.value).startswith(said)
