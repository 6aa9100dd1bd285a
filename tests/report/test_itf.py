"""The ITF trace: the structure that ADR-015 asks for, checked without our own code."""

from __future__ import annotations

import json
import re
from typing import Any

from model_check.report.documents.itf import itf_document, itf_text, itf_value
from report_samples import TraceWriter, legacy_trace


def assert_itf_expression(value: Any) -> None:
    """Fail unless `value` is one of the expressions of ADR-015."""
    if isinstance(value, (str, bool)):
        return
    if isinstance(value, int):
        assert abs(value) <= 2**53 - 1
    elif isinstance(value, list):
        for item in value:
            assert_itf_expression(item)
    else:
        assert isinstance(value, dict)
        marked = [key for key in value if key.startswith("#")]
        if not marked:
            for item in value.values():
                assert_itf_expression(item)
            return
        assert len(value) == 1
        content = value[marked[0]]
        match marked[0]:
            case "#bigint":
                assert re.fullmatch(r"-?[0-9]+", content)
            case "#set" | "#tup":
                assert_itf_expression(content)
            case "#map":
                for pair in content:
                    assert len(pair) == 2
                    assert_itf_expression(pair)
            case other:
                raise AssertionError(other)


def test_the_legacy_trace_is_an_itf_object_with_every_variable_in_every_state() -> None:
    trace = legacy_trace()
    document = json.loads(itf_text(trace, "specs/legacy.yaml", "no_loss is violated"))
    assert list(document) == ["#meta", "vars", "states"]
    assert document["vars"] == list(trace.initial.variables)
    assert len(document["states"]) == 24
    for index, state in enumerate(document["states"]):
        assert list(state) == ["#meta", *document["vars"]]
        assert state["#meta"]["index"] == index
        for name in document["vars"]:
            assert_itf_expression(state[name])
    third = document["states"][3]["#meta"]
    assert third["event"] == "ai_service.publish[7]"
    assert third["calls"] == [{"wire": "PUBLISH chat:stream:{session} 7", "answer": "0 receivers"}]
    assert document["states"][5]["stream.subscribers"] == {"#set": ["gateway"]}


def test_each_kind_of_value_has_its_form() -> None:
    assert itf_value(frozenset({3, 1})) == {"#set": [1, 3]}
    assert itf_value({"id": 7, "last": False}) == {"id": 7, "last": False}
    assert itf_value({1: True, 2: False}) == {"#map": [[1, True], [2, False]]}
    assert itf_value({"#odd": 1}) == {"#map": [["#odd", 1]]}
    assert itf_value(None) == {"tag": "None", "value": {"#tup": []}}
    assert itf_value(2**53) == {"#bigint": "9007199254740992"}
    assert itf_value(-(2**53)) == {"#bigint": "-9007199254740992"}
    assert itf_value(2**53 - 1) == 2**53 - 1
    assert itf_value([True, "busy"]) == [True, "busy"]


def test_a_trace_of_no_steps_has_its_initial_state_alone() -> None:
    document = itf_document(TraceWriter({"n": 1}, {"p": "go"}).trace("state"), "a.yaml", "")
    assert [state["n"] for state in document["states"]] == [1]


def test_a_run_time_error_stands_in_the_meta_of_the_trace() -> None:
    run = TraceWriter({"n": 1}, {"p": "go"})
    run.step("p", "go")
    document = itf_document(run.trace("error", error="boom", error_at="a.yaml:3:7"), "a.yaml", "")
    assert document["#meta"]["error"] == "boom"
    assert document["#meta"]["error-at"] == "a.yaml:3:7"
