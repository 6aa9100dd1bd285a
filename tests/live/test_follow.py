"""A trace from a file: looked at whole before it is followed, and followed to the letter."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_runs import SPECS, explored
from model_check.explore.space import Space
from model_check.live.errors import LiveError
from model_check.live.runs.follow import follow
from model_check.report.documents import check as documents
from model_check.report.documents.itf import itf_document
from model_check.report.documents.trace_file import read_trace

Document = Any


@pytest.fixture(scope="module")
def made() -> tuple[Space, Document, Document]:
    """A space, a trace of it as ITF, and as it stands in a `result.json`."""
    space, traces = explored(SPECS / "legacy.yaml")
    trace = traces["no_loss"]
    properties = [{"name": "no_loss", "trace": documents.TRACE.encode(trace)}]
    return space, itf_document(trace, "legacy.yaml", ""), {"properties": properties}


def followed(space: Space, document: Document, folder: Path) -> list[int]:
    path = folder / "trace.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return follow(space, read_trace(path))


def test_both_forms_tell_the_same_run(
    made: tuple[Space, Document, Document], tmp_path: Path
) -> None:
    space, itf, result = made
    assert len(followed(space, itf, tmp_path)) == 24
    assert followed(space, itf, tmp_path) == followed(space, result, tmp_path)


def trace_of(result: Document) -> Document:
    return result["properties"][0]["trace"]


def put(*path: Any) -> Callable[[Document], None]:
    """Puts the last of `path` where the others lead."""

    def change(document: Document) -> None:
        for step in path[:-2]:
            document = document[step]
        document[path[-2]] = path[-1]

    return change


TRACE = ("properties", 0, "trace")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ((*TRACE, "steps", 2, "event", True), "steps[2].event: this must be text, it is true"),
        ((*TRACE, "steps", 2, "state", None), "steps[2].state: this must be an object, it is null"),
        ((*TRACE, "steps", 2, 7), "steps[2]: this must be an object, it is 7"),
        ((*TRACE, "steps", {}), "steps: this must be a list, it is {}"),
        ((*TRACE, "initial", "locations", ["a"]), "initial.locations: this must be an object"),
        ((*TRACE, "initial", "locations", "gateway", 1), "locations.gateway: this must be text"),
        ((*TRACE, "initial", "variables", []), "initial.variables: this must be an object"),
        ((*TRACE, "initial", "variables", "history", 0.5), "history: this must be a value of a"),
        ((*TRACE, "end", 3), "trace.end: this must be text, it is 3"),
        ((*TRACE, {}), "$.properties[0].trace.initial is missing"),
        (("properties", 0, "name", 3), "$.properties[0].name: this must be text, it is 3"),
        (("properties", None), "$.properties: this must be a list, it is null"),
    ],
)  # fmt: skip
def test_a_result_with_something_else_in_it_is_an_error_with_its_place(
    path: tuple[Any, ...], said: str, made: tuple[Space, Document, Document], tmp_path: Path
) -> None:
    space, _, result = made
    changed = copy.deepcopy(result)
    put(*path)(changed)
    with pytest.raises(LiveError) as found:
        followed(space, changed, tmp_path)
    assert said in str(found.value)
    assert str(found.value).startswith(f"{tmp_path / 'trace.json'}: $")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("states", []), "$.states: this must be a trace with a state to begin in"),
        (("states", 1, "#meta", 1), '$.states[1]["#meta"]: this must be an object'),
        (("states", 1, "#meta", {"event": "a"}), '$.states[1]["#meta"].locations is missing'),
        (("vars", [1]), "$.vars[0]: this must be text, it is 1"),
        (("vars", ["x\x1b"]), '$.states[0]["x\\u001b"] is missing'),
        (("#meta", {}), '$["#meta"].end is missing'),
    ],
)
def test_an_itf_file_with_something_else_in_it_is_an_error_with_its_place(
    path: tuple[Any, ...], said: str, made: tuple[Space, Document, Document], tmp_path: Path
) -> None:
    space, itf, _ = made
    changed = copy.deepcopy(itf)
    put(*path)(changed)
    with pytest.raises(LiveError) as found:
        followed(space, changed, tmp_path)
    assert said in str(found.value)


def test_a_trace_that_fails_at_once_has_no_state_to_begin_in(
    made: tuple[Space, Document, Document], tmp_path: Path
) -> None:
    space, itf, _ = made
    changed = copy.deepcopy(itf)
    changed["states"] = changed["states"][:1]
    assert len(followed(space, changed, tmp_path)) == 1
    changed["#meta"]["end"] = "error"
    with pytest.raises(LiveError, match="must be a trace with a state to begin in"):
        followed(space, changed, tmp_path)


def test_true_is_not_one(made: tuple[Space, Document, Document], tmp_path: Path) -> None:
    space, itf, _ = made
    changed = copy.deepcopy(itf)
    assert changed["states"][0]["history"][0] == 1
    changed["states"][0]["history"][0] = True
    with pytest.raises(LiveError, match="does not begin as the model does"):
        followed(space, changed, tmp_path)


def test_a_value_that_is_missing_is_not_passed_over(
    made: tuple[Space, Document, Document], tmp_path: Path
) -> None:
    space, itf, _ = made
    changed = copy.deepcopy(itf)
    changed["vars"].remove("history")
    with pytest.raises(LiveError, match="does not begin as the model does"):
        followed(space, changed, tmp_path)


def test_no_control_character_of_a_file_is_told(
    made: tuple[Space, Document, Document], tmp_path: Path
) -> None:
    space, itf, _ = made
    changed = copy.deepcopy(itf)
    changed["states"][1]["#meta"]["event"] = "\x1b[2J" + "x" * 5000
    with pytest.raises(LiveError) as found:
        followed(space, changed, tmp_path)
    assert str(found.value).isprintable()
    assert len(str(found.value)) < 200
