"""What properties, definitions and preferences see of a resource's content."""

from __future__ import annotations

from pathlib import Path

from model_check import Result, check

SPEC = """\
resources:
  line: {kind: "websocket[0..9]", count: 3}
  log: {kind: "redis.list[0..9]", initially: "[7]"}
vars:
  which: 0..3 = 0
processes:
  p:
    run: |
      say: log.rpush(8)
      hang_up: line[1].close()
      look: which = 1
      look_on: which = 3
define:
  stored: log.items
"""


def result_of(folder: Path, properties: str) -> Result:
    path = folder / "spec.yaml"
    path.write_text(f"{SPEC}properties:\n{properties}")
    return check(path, reason=False)


def test_a_property_reads_what_a_resource_holds(tmp_path: Path) -> None:
    result = result_of(
        tmp_path,
        "  two: {always: 'log.items in [[7], [7, 8]]'}\n"
        "  one: {always: len(log.items) == 1, expect: violated}\n"
        "  no_error: null\n",
    )
    assert result["two"].verdict == "holds"
    trace = result.trace("one")
    assert [step.label for step in trace.steps] == ["say"]
    assert trace.watch == {"stored": [7, 8]}


def test_an_instance_may_be_told_by_a_variable(tmp_path: Path) -> None:
    result = result_of(
        tmp_path,
        "  open: {never: 'line[which].closed', expect: violated}\n"
        "  counted: {always: 'count(line[i].closed for i in range(3)) <= 1'}\n"
        "  preferred: {never: 'line[1].closed', prefer: [-len(log.items), which]}\n",
    )
    assert [step.label for step in result.trace("open").steps] == ["say", "hang_up", "look"]
    assert result["counted"].verdict == "holds"
    assert [step.label for step in result.trace("preferred").steps] == ["say", "hang_up"]


def test_an_instance_that_is_not_there_is_an_error_of_the_formula(tmp_path: Path) -> None:
    result = result_of(tmp_path, "  open: {never: 'which == 3 and line[which].closed'}\n")
    assert result["no_error"].verdict == "violated"
    assert [step.label for step in result.trace("no_error").steps][-1] == "look_on"
    assert (
        result.trace("no_error").error
        == "there is no such line: 3 are declared (in the property open)"
    )
