"""Unions of integers and names, in all engines: known answers, and random specs.

`python -m tests.fuzz --unions` goes on with other seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from fuzz.bounded import contradictions
from fuzz.compare import SkippedError, differences, native_differences
from fuzz.repair import load_text, repaired
from fuzz.specs import union_spec
from model_check.api.check import check
from model_check.language import Spec
from model_check.language.types import EnumType, IntType, Type, UnionType
from model_check.machine.ir import Expr
from model_check.machine.ir_builder import ONE
from model_check.machine.lowering import coercion, collections, membership, unions
from model_check.machine.shapes import Layout, decode, encode, keys_of, shape_of

ITEM = UnionType(IntType(-1, 2), EnumType(("done", "error")))

STREAM = """\
model: stream
about: A service streams numbers and says when it is done; whoever reads stops at that.
types: {Item: "1..3 | enum(done)"}
resources: {sent: "redis.pubsub[Item]", kept: "redis.list[Item]"}
vars: {seen: "dict[Item, int]"}
processes:
  service:
    run: |
      for n in range(1, 4):
          send: sent.publish(n)
      end:
          sent.publish(done)
  reader:
    vars: {item: Item, total: int}
    run: |
      subscribe: sent.subscribe()
      while item != done:
          receive:
              item = sent.get_message()
              seen[item] += 1
              if item in range(2, 9):
                  total += item
      keep: kept.rpush(item)
properties:
  ends: {finally: "kept.items == [done] and seen[done] == 1"}
  sum_at_most: {always: "reader.total <= 5 and max(kept.items + [1]) in [1, done]"}
  each_is: {always: "all(seen[each] <= 1 for each in Item) and len(Item) == 4"}
"""


def test_a_word_at_the_end_of_a_stream_is_told_from_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "stream.yaml"
    path.write_text(STREAM, encoding="utf-8")
    found = check(path)
    verdicts = {each.name: each.verdict for each in found.properties}
    assert verdicts["sum_at_most"] == verdicts["each_is"] == "holds"
    trace = found.trace("ends")
    assert trace is not None
    # It subscribes behind everything, and waits for ever.
    assert len(trace.steps) == 5
    assert found.space.states == 44


def test_a_name_that_is_used_as_a_number_is_an_error_of_the_model(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "model: wrong\nvars: {x: '1..3 | enum(done) = done', n: int}\n"
        "processes:\n  p: {run: 'add: n = x + 1'}\n"
    )
    trace = check(path).trace("no_error")
    assert trace is not None
    assert trace.error == "done is no number"


COUNTING = """\
model: counting
types: {Item: "1..3 | enum(done)"}
resources:
  last: {kind: "redis.string[Item]", initially: 1}
  parts: {kind: "redis.hash[enum(a), Item]"}
processes:
  service: {run: "end: last.set(done)"}
  counter:
    vars: {told: bool}
    run: |
      try:
          count: last.incrby(2)
          part: parts.hincrby(a, 1)
      except refused:
          tell: told = True
properties:
  counts: {finally: "not counter.told"}
"""


def test_a_server_refuses_to_count_with_a_name() -> None:
    spec = load_text(COUNTING)
    command = spec.resource("last").commands[0]["incrby"]
    assert command.refusals == ("ERR value is not an integer or out of range",)
    assert small(spec) == native_differences(spec) == contradictions(spec) == []


def test_a_name_that_a_server_is_to_count_with_is_told_in_its_words(tmp_path: Path) -> None:
    path = tmp_path / "counting.yaml"
    path.write_text(COUNTING, encoding="utf-8")
    assert [each.label for each in check(path).trace("counts").steps] == ["end", "count", "tell"]
    plain = COUNTING[: COUNTING.index("      try:")] + "      count: last.incrby(2)\n"
    path.write_text(plain, encoding="utf-8")
    trace = check(path).trace("no_error")
    assert trace is not None
    assert trace.error == "last.incrby is refused: ERR value is not an integer or out of range"


def test_numbers_alone_are_never_refused() -> None:
    spec = load_text(
        COUNTING.replace("last.set(done)", "last.set(3)")
        .replace("parts.hincrby(a, 1)", "numbers.incr()")
        .replace("resources:", "resources:\n  numbers: {kind: 'redis.string[int?]'}")
    )
    assert spec.resource("numbers").commands[0]["incr"].refusals == ()


def test_all_values_of_a_union_have_bits_of_their_own() -> None:
    shape = shape_of(ITEM, Layout(), "x")
    values = keys_of(ITEM)
    assert values == [-1, 0, 1, 2, "done", "error"]
    assert [decode(shape, encode(shape, each)) for each in values] == values
    assert shape.width == 3


# --- random specs -----------------------------------------------------------------------------


def compared(seeds: Iterable[int], compare: Callable[[Spec], list[str]]) -> dict[int, list[str]]:
    """What differs, by seed, in specs that are small enough."""
    found = {}
    for seed in seeds:
        text = repaired(union_spec(seed))
        if text is not None:
            try:
                found[seed] = compare(load_text(text))
            except SkippedError:
                continue
    return found


def small(spec: Spec) -> list[str]:
    return differences(spec, limit=200)


@pytest.mark.parametrize(
    ("compare", "seeds"),
    [(small, range(20)), (native_differences, (1, 3)), (contradictions, (0, 1, 2))],
)
def test_all_see_the_same_in_unions(
    compare: Callable[[Spec], list[str]], seeds: Iterable[int]
) -> None:
    found = compared(seeds, compare)
    assert found
    assert {seed: problems for seed, problems in found.items() if problems} == {}


def is_seen() -> bool:
    """Whether some of the specs shows a mistake that was put into the tool."""
    for seed in range(40):
        try:
            if any(compared([seed], small).values()):
                return True
        except (AssertionError, LookupError, ValueError):
            return True  # it made the tool contradict itself
    return False


def test_a_name_that_is_taken_for_a_number_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(expr: Expr, source: Type, target: Type) -> tuple[Expr, Expr]:
        there, number = unions.recoded(expr, source, target)
        return (ONE, expr) if isinstance(target, IntType) else (there, number)

    for each in (coercion, membership, collections):
        monkeypatch.setattr(each, "recoded", careless)
    assert is_seen()


def test_a_number_that_is_taken_for_a_name_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(expr: Expr, source: Type, target: Type) -> tuple[Expr, Expr]:
        there, number = unions.recoded(expr, source, target)
        return (ONE, number) if isinstance(source, IntType) else (there, number)

    monkeypatch.setattr(coercion, "recoded", careless)
    assert is_seen()
