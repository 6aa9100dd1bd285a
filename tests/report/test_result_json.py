"""`result.json` against its schema, and the schema against wrong documents."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from model_check.report.documents.check import RESULT
from model_check.report.documents.json_forms import json_value
from report_samples import TraceWriter, call, holds, legacy_report, report, space, violated

SCHEMA_PATH = Path(__file__).parents[2] / "docs" / "result.schema.json"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _counter(end: str, **more: str) -> Any:
    run = TraceWriter({"n": 0, "last": None}, {"p": "add"})
    run.step("p", "add", [call("q", "put 1", sending=True, item=1)], n=1)
    run.step("p", "add", [], n=2, last={"id": 1, "kinds": frozenset({"b", "a"})})
    return run.trace(end, **more)


def test_the_legacy_result_fits_the_schema(validator: jsonschema.Draft202012Validator) -> None:
    document = json.loads(RESULT.text(legacy_report()))
    validator.validate(document)
    assert document["schema"] == "model-check/result/1"
    no_loss = document["properties"][0]
    assert no_loss["trace"]["length"] == 23
    assert no_loss["trace"]["steps"][2]["event"] == "ai_service.publish[7]"
    assert no_loss["trace"]["steps"][2]["calls"] == [
        {
            "resource": "stream",
            "command": "publish",
            "wire": "PUBLISH chat:stream:{session} 7",
            "answer": "0 receivers",
            "arguments": {"message": 7},
            "result": 0,
            "sending": False,
        }
    ]
    assert no_loss["endings"][no_loss["chosen_ending"]]["values"] == {"missing": [7]}


def test_errors_deadlocks_growth_and_open_verdicts_fit_the_schema(
    validator: jsonschema.Draft202012Validator,
) -> None:
    traces = [_counter("deadlock"), _counter("error", error="boom", error_at="a.yaml:1:2")]
    traces.append(TraceWriter({"n": 0}, {}).trace("state"))
    for trace in traces:
        validator.validate(RESULT.encode(report(violated(trace))))
    grown = space(stopped="n grows", grew="n", growth=_counter("state"))
    document = RESULT.encode(report(holds("a"), summary=grown))
    validator.validate(document)
    assert document["space"]["complete"] is False


def test_sets_are_sorted_lists_and_dicts_have_names_for_keys() -> None:
    assert json_value(frozenset({10, 9, 2})) == [2, 9, 10]
    assert json_value({True: None, False: [frozenset({"b", "a"})]}) == {
        "True": None,
        "False": [["a", "b"]],
    }


def test_the_same_report_gives_the_same_bytes() -> None:
    assert RESULT.text(legacy_report()) == RESULT.text(legacy_report())


def _drop_verdict(d: dict[str, Any]) -> None:
    del d["properties"][0]["verdict"]


def _unknown_key(d: dict[str, Any]) -> None:
    d["properties"][0]["trace"]["steps"][0]["extra"] = 1


def _other_version(d: dict[str, Any]) -> None:
    d["schema"] = "model-check/result/2"


def _wrong_verdict(d: dict[str, Any]) -> None:
    d["properties"][0]["verdict"] = "passed"


def _fraction(d: dict[str, Any]) -> None:
    d["properties"][0]["trace"]["watch"]["missing"] = [0.5]


def _negative(d: dict[str, Any]) -> None:
    d["space"]["states"] = -1


def _no_trace_key(d: dict[str, Any]) -> None:
    del d["properties"][1]["trace"]


def _top_level(d: dict[str, Any]) -> None:
    d["more"] = {}


@pytest.mark.parametrize(
    "spoil",
    [
        _drop_verdict, _unknown_key, _other_version, _wrong_verdict, _fraction, _negative,
        _no_trace_key, _top_level,
    ],
)  # fmt: skip
def test_a_wrong_document_is_refused_by_the_schema(
    validator: jsonschema.Draft202012Validator, spoil: Callable[[dict[str, Any]], None]
) -> None:
    document = copy.deepcopy(RESULT.encode(legacy_report()))
    spoil(document)
    assert not validator.is_valid(document)


def test_every_part_of_the_schema_is_strict_and_described() -> None:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    parts = [schema, *schema["$defs"].values()]
    for part in parts:
        assert part["description"]
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert set(part["required"]) == set(part["properties"])
