"""What single operations do at the edges: outside of a set, of a range, of a type."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check import Result, check
from model_check.explore.search import Engine


def checked(tmp_path: Path, text: str, engine: Engine = "python") -> Result:
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, reason=False, engine=engine)


SETS = """\
model: sets
vars:
  a: set[-2..7]
  b: set[0..3]
processes:
  p:
    run: |
      x: a.add(ITEM)
      y: b = a
"""


@pytest.mark.parametrize("engine", ["python", "native"])
@pytest.mark.parametrize(("item", "fits"), [(-1, False), (0, True), (3, True), (4, False)])
def test_a_set_fits_into_a_narrower_one_exactly_if_its_items_do(
    tmp_path: Path, item: int, fits: bool, engine: Engine
) -> None:
    result = checked(tmp_path, SETS.replace("ITEM", str(item)), engine)
    assert result["no_error"].verdict == ("holds" if fits else "violated")
    if not fits:
        assert result.trace("no_error").error == f"an item of b would be {item}, outside 0..3"


@pytest.mark.parametrize("engine", ["python", "native"])
@pytest.mark.parametrize("size", [1, 63, 64, 65, 130])
def test_all_items_of_a_set_are_counted_however_many_there_can_be(
    tmp_path: Path, size: int, engine: Engine
) -> None:
    text = (
        f"model: count\nvars:\n  a: set[1..{size}]\n  n: int\nprocesses:\n  p:\n    run: |\n"
        f"      fill: a = set(range(1, {size + 1}))\n      count: n = len(a)\n"
        f"properties:\n  all_there: {{finally: n == {size} and len(a) == {size}}}\n"
    )
    assert checked(tmp_path, text, engine)["all_there"].verdict == "holds"


OPTIONAL = """\
model: optional
types:
  N: 0..2
vars:
  x: 0..9? = choose([None, 2, 3])
processes:
  p:
    run: |
      a: pass
properties:
  in_type: {always: "(x in N) == (x == 2)"}
  in_range: {always: "(x in range(1, 3)) == (x == 2)"}
  not_in: {always: "(x not in N) == (x is None or x == 3)"}
  none_in_none: {never: None in N}
"""


@pytest.mark.parametrize("engine", ["python", "native"])
def test_none_is_in_no_type_and_in_no_range(tmp_path: Path, engine: Engine) -> None:
    result = checked(tmp_path, OPTIONAL, engine)
    assert [each.verdict for each in result] == ["holds"] * 6


REMOVE = """\
model: remove
vars:
  s: set[0..3] = {1}
  n: 0..9 = ITEM
processes:
  p:
    run: |
      a: s.METHOD(n)
properties:
  kept: {finally: "s == (set(N) if n == 1 else {1})"}
types: {N: 0..0}
"""


@pytest.mark.parametrize("engine", ["python", "native"])
@pytest.mark.parametrize("item", [1, 2, 7])
def test_what_is_removed_must_be_there_and_what_is_discarded_need_not(
    tmp_path: Path, item: int, engine: Engine
) -> None:
    text = REMOVE.replace("ITEM", str(item)).replace("set(N)", "s - {1}")
    removed = checked(tmp_path, text.replace("METHOD", "remove"), engine)
    assert removed["no_error"].verdict == ("holds" if item == 1 else "violated")
    if item != 1:
        trace = removed.trace("no_error")
        assert trace.error == "remove of an item that is not in the set"
        assert trace.steps[-1].label == "a"
    discarded = checked(tmp_path, text.replace("METHOD", "discard"), engine)
    assert all(each.verdict == "holds" for each in discarded)


SENT = """\
model: sent
resources:
  q: {kind: "redis.list[1..2]", key: q}
vars:
  n: int = 7
processes:
  p:
    run: |
      put: with atomic:
          first: q.rpush(2)
          second: q.rpush(n)
          third: q.rpush(1)
"""


def test_a_command_that_fails_is_told_as_it_was_sent_and_is_the_last_one(tmp_path: Path) -> None:
    trace = checked(tmp_path, SENT).trace("no_error")
    told = [(call.wire, call.answer) for call in trace.steps[-1].calls]
    assert told == [("RPUSH q 2", "1"), ("RPUSH q 7", "")]
    assert trace.error == "q.rpush: value would be 7, outside its range 1..2"


ENDINGS = """\
model: endings
vars:
  x: int? = choose([None, 0])
  bad: bool
processes:
  p:
    run: |
      a: bad = True
define:
  d: 6 // x
properties:
  fine: {never: bad}
"""


def test_endings_that_read_the_same_are_one(tmp_path: Path) -> None:
    (ending,) = checked(tmp_path, ENDINGS)["fine"].endings
    assert (dict(ending.values), ending.states) == ({"d": "(undefined)"}, 2)


RECORDS = """\
model: records
vars:
  given: 'list[{id: 1..2, value: 0..5?}] = [{id: 1, value: 3}, {id: 2, value: VALUE}]'
  taken: "list[{id: 1..2, value: 0..4}]"
processes:
  p:
    run: |
      take: taken = given
properties:
  all_taken:
    finally: sum(each.value for each in taken) == 7
"""


@pytest.mark.parametrize("engine", ["python", "native"])
@pytest.mark.parametrize(
    ("value", "error"), [("4", ""), ("5", "outside its range 0..4"), ("None", "None")]
)
def test_records_that_may_lack_a_value_go_where_each_has_one(
    tmp_path: Path, value: str, error: str, engine: Engine
) -> None:
    result = checked(tmp_path, RECORDS.replace("VALUE", value), engine)
    if error:
        assert result["no_error"].verdict == "violated"
        assert error in str(result.trace("no_error").error)
    else:
        assert [each.verdict for each in result] == ["holds"] * len(list(result))


COUNTED = """\
model: counted
kinds: [{kinds}]
resources:
  number: {{kind: "{kind}[0..2]", initially: 2}}
processes:
  p:
    run: |
      count: number.{command}()
"""
OWN_KIND = """\
own.number:
  parameters: [T]
  options:
    initially: T = 0
  state:
    value: T = initially
  commands:
    add:
      run: value += 1
"""


def test_an_error_in_a_command_stands_where_that_is_called(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN_KIND, encoding="utf-8")
    told = []
    for kinds, kind, command in [("", "redis.string", "incr"), ("own.yaml", "own.number", "add")]:
        text = COUNTED.format(kinds=kinds, kind=kind, command=command)
        trace = checked(tmp_path, text).trace("no_error")
        told.append(trace.error)
        assert trace.error_at == f"{tmp_path / 'small.yaml'}:8:14"
    assert told == [
        "number would be 3, outside its range 0..2, in number.incr()",
        "number would be 3, outside its range 0..2, in number.add() "
        f"({tmp_path / 'own.yaml'}:9:12)",
    ]
