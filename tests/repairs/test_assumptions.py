"""What a property rests on: exactly the orders and joins without which it does not hold."""

from __future__ import annotations

import json
from itertools import chain, combinations, permutations, product
from pathlib import Path

import pytest
from model_check.explore.limits import Limits
from model_check.language.draft import Draft
from model_check.language.rearrange import Arrangement
from model_check.repairs.assumptions import search_rests
from model_check.repairs.changes import blocks_of, with_blocks
from model_check.report.documents.advice import RESTS
from model_check.report.text.rests import render_rests
from model_check.results.repair import Rest, Rests, StepBlock
from model_check.verify import verdicts
from model_check.verify.checking import check_spec
from repair_specs import SPECS, written

EITHER = """\
model: either-order
about: The reader sees b or c only after a if one of them is written after a.
vars: {a: 0..1, b: 0..1, c: 0..1}
processes:
  writer:
    run: |
      first: a = 1
      second: b = 1
      third: c = 1
properties:
  told: {never: b == 1 and c == 1 and a == 0}
"""


def rest_of(found: Rests, name: str) -> Rest:
    return next(each for each in found.rests if each.name == name)


def needs(rest: Rest) -> list[str]:
    return [str(need.fact) for need in rest.needs]


def test_fix_both_rests_on_two_orders_and_an_acknowledgement() -> None:
    found = search_rests(Draft.read(SPECS / "fix-both.yaml", {"TOTAL": "8"}))
    assert found.complete
    assert [str(fact) for fact in found.facts] == [
        "ai_service.save precedes publish", "gateway.subscribe precedes read_history",
        "gateway.subscribe precedes send_history",
        "ai_service.save is acknowledged before what follows it",
        "ai_service.publish is acknowledged before what follows it",
        "gateway.subscribe is acknowledged before what follows it",
    ]  # fmt: skip
    no_loss = rest_of(found, "no_loss")
    assert needs(no_loss) == [
        "ai_service.save precedes publish", "gateway.subscribe precedes read_history",
        "gateway.subscribe is acknowledged before what follows it",
    ]  # fmt: skip
    assert no_loss.others == ()
    # Each counterexample relaxes one thing alone.
    assert [len(need.broken) for need in no_loss.needs] == [1, 1, 1]
    for need in no_loss.needs:
        assert len(need.trace.watch["missing"]) > 0  # type: ignore[arg-type]
    for name in ("no_duplicate", "in_order", "no_deadlock", "no_error"):
        rest = rest_of(found, name)
        assert (rest.needs, rest.proved) == ((), True)


def test_fix_atomic_rests_on_its_transaction_too() -> None:
    found = search_rests(Draft.read(SPECS / "fix-atomic.yaml", {"TOTAL": "8"}), ["no_loss"])
    assert needs(rest_of(found, "no_loss")) == [
        "ai_service.publish and save are one step", "gateway.subscribe precedes read_history",
        "gateway.subscribe is acknowledged before what follows it",
    ]  # fmt: skip


def test_a_write_that_is_kept_over_a_crash_is_rested_on(tmp_path: Path) -> None:
    text = """\
model: m
vars: {sent: "list[1..3]"}
processes:
  relay:
    crashes: 1
    keeps: [cursor, spare]
    vars: {cursor: 0..3, spare: bool}
    run: |
      while cursor < 3:
          send:
              cursor += 1
              sent.append(cursor)
              spare = True
properties:
  once: {always: "len(sent) == len(set(sent))"}
"""
    found = search_rests(Draft.read(written(tmp_path, text)), ["once"])
    assert needs(rest_of(found, "once")) == ["relay keeps cursor over a crash"]
    assert found.complete
    told = render_rests(found, 100, color=False, unicode=True)
    assert "nothing else that is kept over a crash, matters" in told


def test_peterson_rests_on_asking_before_giving_way() -> None:
    found = search_rests(Draft.read(SPECS / "peterson.yaml"))
    rest = rest_of(found, "mutual_exclusion")
    assert needs(rest) == [
        "worker.ask precedes give_way", "worker.enter precedes critical",
        "worker.critical precedes leave",
    ]  # fmt: skip
    assert rest.proved


def test_where_one_of_two_orders_is_enough_both_ways_are_told(tmp_path: Path) -> None:
    found = search_rests(Draft.read(written(tmp_path, EITHER)), ["told"])
    rest = rest_of(found, "told")
    assert needs(rest) == ["writer.first precedes second"]
    assert [[str(fact) for fact in each] for each in rest.others] == [
        ["writer.first precedes third"]
    ]  # fmt: skip
    (need,) = rest.needs
    assert [str(fact) for fact in need.broken] == [
        "writer.first precedes second", "writer.first precedes third",
    ]  # fmt: skip


def test_what_does_not_hold_rests_on_nothing() -> None:
    found = search_rests(Draft.read(SPECS / "legacy.yaml"), ["no_loss"])
    rest = rest_of(found, "no_loss")
    assert (rest.verdict, rest.needs, rest.proved) == ("violated", (), False)
    assert found.explored == 1


def test_a_limit_ends_with_what_is_surely_needed() -> None:
    draft = Draft.read(SPECS / "fix-both.yaml")
    asked = iter([False] * 6)
    limits = Limits(interrupted=lambda: next(asked, True))
    found = search_rests(draft, ["no_loss"], limits=limits)
    assert (found.stopped, found.complete) == ("interrupted", False)
    assert not rest_of(found, "no_loss").proved
    found = search_rests(draft, limits=Limits(max_states=1_000))
    assert {each.verdict for each in found.rests} == {"undetermined"}
    assert found.stopped == "the limit of 1,000 states was reached"


# --- compared with all orders, one by one -------------------------------------------------------


def arrangements(block: StepBlock) -> list[tuple[frozenset[str], Arrangement]]:
    """Every order of a block that data flow allows, and every way to split, with the facts
    that it breaks: by trying all permutations."""
    labels = block.labels
    pairs = list(combinations(range(len(labels)), 2))
    joined = [i for i, unit in enumerate(block.segment.units) if len(unit.inner) > 1]
    found = []
    for order in permutations(range(len(labels))):
        turned = {(a, b) for a, b in pairs if order.index(a) > order.index(b)}
        if turned & block.bound:
            continue
        for split in chain.from_iterable(combinations(joined, n) for n in range(len(joined) + 1)):
            broken = {f"{block.process}.{labels[a]} precedes {labels[b]}" for a, b in turned}
            broken |= {
                f"{block.process}.{' and '.join(block.segment.units[i].inner)} are one step"
                for i in split
            }
            groups = tuple((place,) for place in order)
            found.append((frozenset(broken), Arrangement(groups, frozenset(split))))
    return found


SAID = "{} is acknowledged before what follows it"
CALLS = {
    "ai_service.save": "history.rpush(chunk)", "ai_service.publish": "stream.publish(chunk)",
    "gateway.subscribe": "stream.subscribe()",
}  # fmt: skip
"""What is waited for in the specs of the chat, by the step."""


def unacknowledged(folder: Path, name: str) -> list[tuple[frozenset[str], Draft]]:
    """A spec with every set of its calls sent only, by changing its text, and that of what it
    extends."""
    steps = list(CALLS) if name == "fix-both" else []
    if name == "fix-atomic":
        steps = ["gateway.subscribe"]  # the others are one step
    found = []
    sets = chain.from_iterable(combinations(steps, n) for n in range(len(steps) + 1))
    for number, chosen in enumerate(sets):
        own = folder / str(number)
        own.mkdir(exist_ok=True)
        for each in SPECS.glob("*.yaml"):
            text = each.read_text()
            for step in chosen:
                sent = f"{CALLS[step][:-1]}, wait=False)".replace("(, ", "(")
                text = text.replace(f": {CALLS[step]}\n", f": {sent}\n")
            (own / each.name).write_text(text)
        constants = {"STORED": "1", "TOTAL": "2"} if name != "peterson" else {}
        found.append(
            (frozenset(map(SAID.format, chosen)), Draft.read(own / f"{name}.yaml", constants))
        )
    return found


@pytest.mark.parametrize(
    ("name", "props"),
    [
        ("fix-both", ["no_loss"]), ("fix-atomic", ["no_loss"]), ("peterson", ["mutual_exclusion"]),
        ("legacy", ["in_order", "no_duplicate"]),
    ],
)  # fmt: skip
def test_the_facts_are_a_smallest_set_by_exploring_every_program(
    tmp_path: Path, name: str, props: list[str]
) -> None:
    violating: dict[str, list[frozenset[str]]] = {prop: [] for prop in props}
    facts: set[str] = set()
    for sent, draft in unacknowledged(tmp_path, name):
        blocks = blocks_of(draft, draft.spec())
        for choice in product(*(arrangements(block) for block in blocks)):
            broken = sent.union(*(each for each, _ in choice))
            facts |= broken
            variant = with_blocks(draft, {b: a for b, (_, a) in zip(blocks, choice, strict=True)})
            verdicts = {r.name: r.verdict for r in check_spec(variant.spec())[1].results}
            for prop in props:
                if verdicts[prop] == "violated":
                    violating[prop].append(broken)
    found = search_rests(unacknowledged(tmp_path, name)[0][1], props)
    for prop in props:
        enough = [
            set(kept)
            for size in range(len(facts) + 1)
            for kept in combinations(sorted(facts), size)
            if all(broken & set(kept) for broken in violating[prop])
        ]
        least = min(map(len, enough))
        rest = rest_of(found, prop)
        told = [set(needs(rest)), *({str(fact) for fact in each} for each in rest.others)]
        assert sorted(map(sorted, told)) == sorted(sorted(e) for e in enough if len(e) == least)


POLLED = """
model: m
vars: {x: bool, y: bool}
processes:
  p:
    run: |
      set: x = True
      wait: await y
  q:
    run: |
      while True:
          look: if x:
              break
      put: y = True
properties:
  both: {finally: x and y}
"""


def test_what_would_make_a_poll_go_on_for_ever_is_rested_on(tmp_path: Path) -> None:
    found = search_rests(Draft.read(written(tmp_path, POLLED)), ["both"])
    assert found.complete
    rest = rest_of(found, "both")
    assert needs(rest) == ["p.set precedes wait"]
    trace = rest.needs[0].trace
    assert trace is not None
    assert (trace.end, trace.loop_from) == ("loop", 0)
    assert [each.event for each in trace.steps] == ["q.look"]
    told = render_rests(found, 100, color=False, unicode=True)
    assert "both is violated by a run that never ends, step 1 for ever:" in told


def test_what_holds_of_some_runs_alone_is_told_as_why_the_search_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "MOST_TRANSITIONS", 4)
    found = search_rests(Draft.read(written(tmp_path, POLLED)), ["both"])
    assert not found.complete
    assert found.stopped.startswith("both is undetermined in the spec as it is: judged of the runs")


def test_what_is_no_longer_possible_is_told_without_a_trace(tmp_path: Path) -> None:
    text = POLLED.replace("both: {finally: x and y}", "can: {possible: y}")
    found = search_rests(Draft.read(written(tmp_path, text)), ["can"])
    assert found.complete
    need = rest_of(found, "can").needs[0]
    assert (str(need.fact), need.trace) == ("p.set precedes wait", None)
    told = render_rests(found, 100, color=False, unicode=True)
    assert "can is violated: no run comes to a state that it asks for" in told
    assert json.loads(RESTS.text(found))["properties"][0]["needs"][0]["trace"] is None
