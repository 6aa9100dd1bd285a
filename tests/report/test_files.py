"""What a run writes, and what it leaves alone."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import networkx
import pytest
from model_check.report.documents.files import Outputs, write_outputs
from model_check.report.folder import Folder, OutputError
from model_check.report.pictures import check
from model_check.report.pictures.layout_program import Format, Image, NoImage
from report_samples import (
    TraceWriter,
    altered,
    chain_graph,
    holds,
    legacy_report,
    legacy_trace,
    report,
    violated,
)


def paint(dot: str, form: Format) -> Image | NoImage:
    """A layout program that is quick, and cannot do PDF."""
    return NoImage("no pdf here") if form == "pdf" else Image(f"<{form}>".encode(), "quick")


@pytest.fixture(autouse=True)
def _with_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """PNG as a machine with fonts draws it, and quicker."""
    monkeypatch.setattr(check, "png_of", lambda svg: Image(b"<png>", "quick"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_everything_is_written_into_a_folder_of_the_model(tmp_path: Path) -> None:
    written = write_outputs(
        legacy_report(), chain_graph(5), tmp_path, Outputs(("png",), graphml=True), painter=paint
    )
    assert names(tmp_path) == ["legacy"]
    assert names(tmp_path / "legacy") == [
        "no_loss.dot", "no_loss.itf.json", "no_loss.png", "no_loss.svg", "result.json",
        "space.dot", "space.graphml", "space.png", "space.svg",
    ]  # fmt: skip
    assert sorted(path.name for path in written.files) == names(tmp_path / "legacy")
    assert written.notes == ()
    document = json.loads((tmp_path / "legacy" / "result.json").read_text(encoding="utf-8"))
    assert sorted(document["files"]) == names(tmp_path / "legacy")


def test_mermaid_is_text_of_the_traces_alone(tmp_path: Path) -> None:
    write_outputs(legacy_report(), chain_graph(5), tmp_path, Outputs(("mermaid",)), painter=paint)
    assert [name for name in names(tmp_path / "legacy") if "mmd" in name] == ["no_loss.mmd"]
    text = (tmp_path / "legacy" / "no_loss.mmd").read_text(encoding="utf-8")
    assert text.startswith("sequenceDiagram\n")
    # It goes when it is not asked for any more.
    write_outputs(legacy_report(), chain_graph(5), tmp_path, painter=paint)
    assert "no_loss.mmd" not in names(tmp_path / "legacy")


def test_a_picture_that_cannot_be_drawn_is_a_note_and_the_rest_is_written(tmp_path: Path) -> None:
    written = write_outputs(
        legacy_report(), chain_graph(5), tmp_path, Outputs(("pdf",)), painter=paint
    )
    assert written.notes == ("no no_loss.pdf: no pdf here", "no space.pdf: no pdf here")
    assert "space.svg" in names(tmp_path / "legacy")
    document = json.loads((tmp_path / "legacy" / "result.json").read_text(encoding="utf-8"))
    assert document["notes"] == list(written.notes)


def test_without_drawing_there_are_only_data(tmp_path: Path) -> None:
    def never(dot: str, form: Format) -> Image:
        raise AssertionError(form)

    write_outputs(
        legacy_report(), chain_graph(5), tmp_path, Outputs(("png",), draw=False), painter=never
    )
    assert names(tmp_path / "legacy") == ["no_loss.itf.json", "result.json"]


def test_a_space_without_a_graph_is_a_note(tmp_path: Path) -> None:
    written = write_outputs(report(holds("a")), None, tmp_path, painter=paint)
    assert names(tmp_path / "legacy") == ["result.json"]
    assert written.notes == ("no picture of the space: 4,321 states are too many for one",)


def test_a_trace_too_long_for_a_picture_is_still_written_as_data(tmp_path: Path) -> None:
    run = TraceWriter({"n": 0}, {"p": "add"})
    for turn in range(501):
        run.step("p", "add", n=turn)
    long = report(violated(run.trace("state")))
    written = write_outputs(long, chain_graph(5), tmp_path, painter=paint)
    assert names(tmp_path / "legacy") == [
        "no_loss.itf.json", "result.json", "space.dot", "space.svg",
    ]  # fmt: skip
    assert written.notes == ("no picture of no_loss: 501 steps are too many for one",)


def test_files_of_an_earlier_run_go_and_those_of_others_stay(tmp_path: Path) -> None:
    write_outputs(legacy_report(), chain_graph(5), tmp_path, Outputs(("png",)), painter=paint)
    mine = tmp_path / "legacy" / "notes.txt"
    mine.write_text("keep me", encoding="utf-8")
    stranger = tmp_path / "legacy" / "old.svg"
    stranger.write_text("not ours", encoding="utf-8")
    write_outputs(report(holds("no_loss")), None, tmp_path, painter=paint)
    assert names(tmp_path / "legacy") == ["notes.txt", "old.svg", "result.json"]


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", '{"schema": "other", "files": ["kept.svg"]}',
        '{"schema": "model-check/result/1"}',
        '{"schema": "model-check/result/1", "files": ["../kept.svg", "/kept.svg", 7, "kept.txt"]}',
    ],
)  # fmt: skip
def test_an_earlier_result_that_is_not_ours_removes_nothing(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "legacy"
    folder.mkdir()
    for place in (tmp_path / "kept.svg", folder / "kept.svg", folder / "kept.txt"):
        place.write_text("keep me", encoding="utf-8")
    (folder / "result.json").write_text(text, encoding="utf-8")
    write_outputs(report(holds("a")), None, tmp_path, painter=paint)
    assert (tmp_path / "kept.svg").exists()
    assert names(folder) == ["kept.svg", "kept.txt", "result.json"]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../a", "a\\b", "", "a\x00b", "-rf", "x" * 200])
def test_a_model_cannot_be_written_outside_its_folder(tmp_path: Path, name: str) -> None:
    bad = dataclasses.replace(legacy_report(), model=name)
    with pytest.raises(OutputError, match="cannot have a folder of its name"):
        write_outputs(bad, None, tmp_path / "out", painter=paint)
    assert names(tmp_path) == []


def test_a_property_name_that_is_no_identifier_is_refused(tmp_path: Path) -> None:
    bad = report(violated(legacy_trace(), name="../../evil"))
    with pytest.raises(OutputError, match="cannot have files of its name"):
        write_outputs(bad, None, tmp_path / "out", painter=paint)


def test_a_property_cannot_take_the_place_of_the_space(tmp_path: Path) -> None:
    bad = report(violated(legacy_trace(), name="space"))
    with pytest.raises(OutputError, match="cannot have files of its name"):
        write_outputs(bad, chain_graph(5), tmp_path, painter=paint)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match=r"cannot write .*legacy: "):
        write_outputs(legacy_report(), None, tmp_path / "out", painter=paint)


def test_no_temporary_file_is_left_behind(tmp_path: Path) -> None:
    write_outputs(legacy_report(), chain_graph(3), tmp_path, painter=paint)
    assert [name for name in names(tmp_path / "legacy") if name.startswith(".")] == []


def test_the_graphml_can_be_read_again(tmp_path: Path) -> None:
    graph = altered(chain_graph(4, 2), 1, label="evil \x1b & <b>")
    write_outputs(legacy_report(), graph, tmp_path, Outputs(graphml=True), painter=paint)
    again = networkx.read_graphml(tmp_path / "legacy" / "space.graphml", force_multigraph=True)
    assert again.number_of_nodes() == len(graph.nodes)
    assert again.number_of_edges() == len(graph.transitions)
    assert again.nodes["0"]["initial"] is True
    assert again.nodes["1"]["label"] == "evil \N{REPLACEMENT CHARACTER} & <b>"


@pytest.mark.parametrize("target", ["elsewhere", "../elsewhere", "nowhere"])
def test_nothing_is_written_through_a_link_that_stands_for_the_folder(
    target: str, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "legacy").symlink_to(elsewhere if target == "elsewhere" else target)
    with pytest.raises(OutputError, match=r"out/legacy is a link: nothing is written through it"):
        write_outputs(legacy_report(), chain_graph(5), out, painter=paint)
    assert names(elsewhere) == []
    assert names(out) == ["legacy"]


def test_a_link_in_the_folder_is_replaced_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    precious = tmp_path / "precious.json"
    precious.write_text("precious", encoding="utf-8")
    folder = tmp_path / "out" / "legacy"
    folder.mkdir(parents=True)
    for name in ("result.json", "no_loss.svg", "space.dot"):
        (folder / name).symlink_to(precious)
    write_outputs(legacy_report(), chain_graph(5), tmp_path / "out", painter=paint)
    assert precious.read_text(encoding="utf-8") == "precious"
    assert not any(path.is_symlink() for path in folder.iterdir())


STRANGE = [
    "", "[]", "{}", "null", "7", "[" * 100_000, '{"schema": "model-check/result/1", "files": 3}',
    '{"schema": "model-check/result/1", "files": [1, "kept.svg"]}',
    '{"schema": "model-check/result/1", "files": ["../kept.svg", "a\\u0000.svg", "/kept.svg"]}',
    '{"schema": ["model-check/result/1"], "files": ["kept.svg"]}',
    '{"schema": "something/else", "files": ["kept.svg"]}',
    "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", STRANGE)
def test_a_strange_result_of_an_earlier_run_counts_as_none(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "legacy"
    folder.mkdir()
    for place in (folder, tmp_path):
        (place / "kept.svg").touch()
    (folder / "result.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    write_outputs(legacy_report(), None, tmp_path, Outputs(draw=False))
    assert "kept.svg" in names(folder)
    assert "kept.svg" in names(tmp_path)


def test_an_earlier_result_that_is_a_pipe_or_a_link_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "legacy"
    folder.mkdir()
    (folder / "kept.svg").touch()
    document = {"schema": "model-check/result/1", "files": ["kept.svg"]}
    (tmp_path / "other.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "result.json").symlink_to(tmp_path / "other.json")
    write_outputs(legacy_report(), None, tmp_path, Outputs(draw=False))
    assert "kept.svg" in names(folder)
    (folder / "result.json").unlink()
    os.mkfifo(folder / "result.json")
    write_outputs(legacy_report(), None, tmp_path, Outputs(draw=False))
    assert "kept.svg" in names(folder)
    assert (folder / "result.json").is_file()


def test_a_folder_that_an_earlier_result_names_stays(tmp_path: Path) -> None:
    folder = tmp_path / "legacy"
    (folder / "kept.svg").mkdir(parents=True)
    document = {"schema": "model-check/result/1", "files": ["kept.svg"]}
    (folder / "result.json").write_text(json.dumps(document), encoding="utf-8")
    write_outputs(legacy_report(), None, tmp_path, Outputs(draw=False))
    assert "kept.svg" in names(folder)


def test_a_folder_in_the_folder_is_no_link_either(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "legacy").mkdir(parents=True)
    (tmp_path / "out" / "legacy" / "repairs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="legacy/repairs is a link"):
        Folder(tmp_path / "out" / "legacy" / "repairs").make(tmp_path / "out")


def test_out_itself_may_be_a_link_that_its_user_made(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").symlink_to("elsewhere")
    write_outputs(legacy_report(), None, tmp_path / "out", Outputs(draw=False))
    assert names(tmp_path / "elsewhere") == ["legacy"]


def test_what_a_fuller_check_wrote_stays_where_a_folders_check_finds_the_same(
    tmp_path: Path,
) -> None:
    write_outputs(legacy_report(), chain_graph(5), tmp_path, painter=paint)
    kept = {path.name: path.read_bytes() for path in (tmp_path / "legacy").iterdir()}
    assert {"no_loss.svg", "space.svg"} <= set(kept)
    bare = dataclasses.replace(
        legacy_report(),
        results=tuple(dataclasses.replace(r, reason=None) for r in legacy_report().results),
    )
    written = write_outputs(bare, None, tmp_path, Outputs(draw=False, keep=True))
    assert {path.name: path.read_bytes() for path in (tmp_path / "legacy").iterdir()} == kept
    assert {path.name for path in written.files} == set(kept)


@pytest.mark.parametrize(
    "change",
    [
        {"constants": {"TOTAL": 11}},
        {"space": dataclasses.replace(legacy_report().space, states=4_322)},
        {"results": legacy_report().results[1:]},
    ],
)
def test_pictures_of_something_else_go_with_a_folders_check(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    write_outputs(legacy_report(), chain_graph(5), tmp_path, painter=paint)
    changed = dataclasses.replace(legacy_report(), **change)
    write_outputs(changed, None, tmp_path, Outputs(draw=False, keep=True))
    assert not {"no_loss.svg", "space.svg"} & {p.name for p in (tmp_path / "legacy").iterdir()}


def test_only_a_folder_out_that_it_makes_is_kept_out_of_a_repository(tmp_path: Path) -> None:
    there, made, named = tmp_path / "there" / "out", tmp_path / "made" / "out", tmp_path / "docs"
    there.mkdir(parents=True)
    for root in (there, made, named, made):
        Folder(root / "model").make(root)
    assert (made / ".gitignore").read_text(encoding="utf-8") == "*\n"
    assert [each.name for root in (there, named) for each in root.iterdir()] == ["model"] * 2
