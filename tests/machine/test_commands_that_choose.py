"""Commands whose run chooses: every choice is explored, by every engine and by an interpreter that
shares no code with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.compare import differences
from model_check import check
from model_check.language import SpecError, load
from model_check.language.tree.spec import Spec

BAG = """\
bag:
  parameters: [T]
  joins: redis
  options:
    initially: set[T] = {}
  state:
    items: set[T] = initially
  disconnected: pass
  commands:
    add:
      parameters: {item: T}
      run: items.add(item)
      wire: SADD {key} {item}
    pop:
      run: |
        taken = choose([item for item in items] if len(items) > 0 else [None])
        if taken is not None:
            items.discard(taken)
        return taken
      wire: SPOP {key}
      answer: "{result}"
    bpop:
      run: |
        await len(items) > 0
        taken = choose(items)
        items.discard(taken)
        return taken
      wire: BSPOP {key}
      answer: "{result}"
"""
HEAD = """\
kinds: bag.yaml
model: m
types: {Item: 1..3}
resources:
  bag: {kind: "bag[Item]", initially: "{1, 2}"RESOURCE}
processes:
"""
SPECS = {
    "taken by two": """\
  taker:
    count: 2
    vars: {mine: Item?}
    run: |
      take: mine = bag.pop()
      again: mine = bag.pop()
""",
    "with more behind it in the step": """\
  taker:
    vars: {mine: Item?, other: Item?, twice: int}
    run: |
      take:
          mine = bag.pop()
          other = bag.pop()
          if mine is not None:
              if other is not None:
                  twice = mine + other
          bag.add(3)
      rest: bag.pop()
""",
    "of several": """\
  taker:
    count: 2
    vars: {mine: Item?, got: int, which: 0..1}
    run: |
      which: which = choose([0, 1])
      take:
          x = bag[which].pop()
          if x is not None:
              got = x
          mine = x
""",
    "over a connection that breaks": """\
  taker:
    vars: {mine: Item?, cut: bool}
    run: |
      try:
          take: mine = bag.pop()
          again: mine = bag.bpop()
      except disconnected:
          cut: cut = True
""",
    "that waits": """\
  taker:
    count: 2
    connection: line
    vars: {mine: Item?}
    run: |
      take: mine = bag.bpop()
      again: mine = bag.bpop()
  adder:
    run: "add: bag.add(3)"
""",
}
RESOURCES = {"of several": ", count: 2", "over a connection that breaks": ", disconnects: 1"}


def spec_of(folder: Path, name: str, processes: str) -> Path:
    (folder / "bag.yaml").write_text(BAG)
    path = folder / "spec.yaml"
    path.write_text(HEAD.replace("RESOURCE", RESOURCES.get(name, "")) + processes)
    return path


def loaded(folder: Path, name: str) -> Spec:
    return load(spec_of(folder, name, SPECS[name]))


@pytest.mark.parametrize("name", SPECS)
def test_the_tool_and_the_interpreter_choose_alike(name: str, tmp_path: Path) -> None:
    assert differences(loaded(tmp_path, name)) == []


def test_every_choice_is_a_run_of_its_own(tmp_path: Path) -> None:
    path = spec_of(
        tmp_path, "", SPECS["taken by two"]
        + "properties:\n  three: {possible: 'taker[0].mine == 2'}\n"
        "  one: {possible: 'taker[0].mine == 1'}\n",
    )  # fmt: skip
    result = check(path)
    assert [result["one"].verdict, result["three"].verdict] == ["holds", "holds"]
    told = [call.answer for call in result.trace("one").steps[0].calls]
    assert told == ["1"]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            "a: if bag.pop() is None:\n          b: pass",
            "bag.pop chooses: it cannot be called here",
        ),
        ("a: shown.append(bag.pop())", "bag.pop chooses: it cannot be called here"),
        ("a:\n          if True:\n              x = bag.pop()",
         "bag.pop chooses: it cannot be called here"),
        ("a: bag.pop(wait=False)", "bag.pop chooses: what it has chosen, its answer says"),
    ],
)  # fmt: skip
def test_a_command_that_chooses_is_a_statement_of_its_own(
    step: str, message: str, tmp_path: Path
) -> None:
    process = f"  p:\n    vars: {{shown: 'list[Item?]', x: Item?}}\n    run: |\n      {step}\n"
    with pytest.raises(SpecError) as error:
        load(spec_of(tmp_path, "", process))
    assert message in {each.message for each in error.value.diagnostics}


def test_what_a_kind_chooses_stands_by_itself(tmp_path: Path) -> None:
    path = spec_of(tmp_path, "", SPECS["taken by two"])
    wrong = BAG.replace("await len(items) > 0\n        taken = choose(items)",
                        "if len(items) > 0:\n            taken = choose(items)")  # fmt: skip
    (tmp_path / "bag.yaml").write_text(wrong)
    path.write_text(path.read_text().replace("bag.pop()", "bag.bpop()"))
    with pytest.raises(SpecError) as error:
        load(path)
    assert "nothing can be chosen here" in {each.message for each in error.value.diagnostics}
