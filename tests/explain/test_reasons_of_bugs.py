"""Why other people's bugs happen, in the words that are shown: a crash, a lost answer, a hand-over
in the middle, a poll that overtakes, one reason for two properties."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from model_check import Result, check
from model_check.budget.deadline import DeadlineError
from model_check.explain import causes
from model_check.explain.reason import Explainer
from model_check.explore.search import explore
from model_check.language import SpecError, load
from model_check.verify.verdicts import judge

DIES = """\
resources:
  mail: {kind: 'redis.list[int]', initially: [7]}
vars: {sent: int}
processes:
  mailer:
    run: |
      fetch: mail.lpop()
      either:
          dies: pass
      or:
          send: sent += 1
  onlooker:
    run: |
      glance: mail.llen()
properties:
  is_sent: {finally: sent == 1}
"""
ASKS_AGAIN = """\
vars: {booked: int}
processes:
  guest:
    vars: {asked: 0..2, told: bool}
    run: |
      while asked < 2 and not told:
          ask: asked += 1
          book: booked += 1
          either:
              confirm: told = True
          or:
              drop: pass
  clock:
    run: |
      strikes: pass
properties:
  booked_once: {finally: booked == 1}
"""
HANDS_OVER = """\
resources:
  jobs: {kind: 'redis.list[1..2]'}
  taken: {kind: 'redis.list[1..2]'}
vars: {handled: 'list[1..2]'}
processes:
  boss:
    run: |
      for n in range(1, 3):
          give: jobs.rpush(n)
  hand:
    crashes: 1
    vars: {job: '1..2?', left: 'list[1..2]'}
    run: |
      look: left = taken.lrange(0, -1)
      again: if len(left) > 0:
          back:
              taken.lpop()
              jobs.rpush(left[0])
      while True:
          take:
              job = jobs.blpop()
              taken.rpush(job)
          work: handled.append(job)
          tick: taken.lpop()
properties:
  once: {always: len(handled) == len(set(handled))}
  no_deadlock: null
"""
CLAIMS = """\
resources:
  seen: {kind: 'redis.string[bool]'}
vars: {paid: int}
processes:
  hook:
    count: 2
    crashes: 1
    restarts: false
    run: |
      claim: if seen.setnx(True):
          pay: paid += 1
properties:
  is_paid: {finally: paid == 1}
"""
OVERTAKES = """\
vars: {next: 1..3 = 1, read: 'set[1..2]', there: 'set[1..2]'}
processes:
  writer:
    count: 2
    vars: {id: 0..2}
    run: |
      number:
          id = next
          next += 1
      commit: there.add(id)
  reader:
    vars: {last: 0..2}
    run: |
      while True:
          poll:
              new = [x for x in there if x > last]
              await len(new) > 0
              read |= set(new)
              last = new[-1]
properties:
  in_the_end: {finally: there <= read}
  all_along: {always: all(x in read or x > reader.last for x in there)}
"""
NESTED = """\
vars: {a: bool, b: bool, c: bool}
processes:
  sets:
    run: |
      one: a = True
      two: b = True
      three: c = True
  looks:
    vars: {x: bool, y: bool}
    run: |
      see: y = c
      then: x = a
properties:
  order: {always: 'not (at(looks, then) and not looks.y and a)'}
"""
LOOKS_FIRST = """\
resources:
  accounts: {kind: 'redis.hash[1..1, int]'}
vars: {made: int}
processes:
  sign_up:
    count: 2
    crashes: 1
    restarts: false
    vars: {found: bool}
    run: |
      look: found = accounts.hget(1) is not None
      if not found:
          create:
              accounts.hset(1, 1)
              made += 1
properties:
  one_account: {always: made <= 1}
"""
TIMES_OUT = """resources:
  requests: {kind: 'queue[0..1]', loses: 1}
  answers: {kind: 'queue[0..1]', loses: 1}
vars: {served: int}
processes:
  client:
    vars: {tries: 0..2}
    run: |
      while tries < 2:
          ask:
              requests.put(1)
              tries += 1
          either:
              hear: answers.get()
              break
          or timeout:
              give_up: pass
  server:
    run: |
      while True:
          take: requests.get()
          serve: served += 1
          answer: answers.put(1)
properties:
  done_once: {always: served <= 1}
"""
STOPS = """resources:
  orders: {kind: 'queue[1..1]'}
vars: {beats: bool}
processes:
  pulse:
    crashes: 1
    restarts: false
    run: |
      while True:
          beat: beats = True
  cook:
    run: |
      wait: orders.get()
"""
STANDS_STILL = """\
vars: {total: 0..3, _seen: bool}
processes:
  counter:
    run: |
      for n in range(3):
          up: total += 1
  guest:
    run: |
      pass_by:
          await total == 2
          _seen = True
properties:
  grows: {each_step: total > old(total)}
  no_deadlock: null
"""
BUGS: Mapping[str, tuple[str, Mapping[str, list[list[str]]]]] = {
    "dies": (DIES, {"is_sent": [["mailer.dies happens"]]}),
    "asks again": (ASKS_AGAIN, {"booked_once": [["guest.drop happens"]]}),
    "hands over": (HANDS_OVER, {"once": [["hand crashes after work and before tick"]]}),
    "claims": (
        CLAIMS,
        {"is_paid": [[f"hook[{i}] crashes after claim and before pay"] for i in range(2)]},
    ),
    "overtakes": (
        OVERTAKES,
        {
            name: [
                [
                    "writer[0].number comes before writer[1].number",
                    "reader.poll comes before writer[0].commit",
                ],
                [
                    "writer[1].number comes before writer[0].number",
                    "reader.poll comes before writer[1].commit",
                ],
            ]
            for name in ("in_the_end", "all_along")
        },
    ),
    "looks first": (
        LOOKS_FIRST,
        {
            "one_account": [
                [
                    "sign_up[0].create comes after sign_up[1].look",
                    "sign_up[1].create comes after sign_up[0].look",
                ],
            ]
        },
    ),
    "times out": (
        TIMES_OUT,
        {"done_once": [["client.give_up happens", "requests never loses anything"]]},
    ),
    "stops": (STOPS, {"no_deadlock": [["pulse crashes"]]}),
    "stands still": (STANDS_STILL, {"grows": [["guest.pass_by happens"]]}),
    "nested": (
        NESTED,
        {"order": [["sets.one comes before looks.then", "looks.see comes before sets.three"]]},
    ),
}
"""Each with all reasons of each of its violated properties, as facts; the trace's own first."""


def checked(folder: Path, text: str) -> Result:
    path = folder / "bug.yaml"
    path.write_text(f"model: bug\n{text}", encoding="utf-8")
    return check(path, reason=True)


def reasons(result: Result) -> dict[str, list[list[str]]]:
    """Of each violated property, the facts of all its reasons."""
    return {
        each.name: [[str(fact) for fact in race.facts] for race in each.reason.races]
        for each in result
        if each.reason is not None
    }


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_told_by_what_a_change_could_remove(bug: str, tmp_path: Path) -> None:
    text, expected = BUGS[bug]
    result = checked(tmp_path, text)
    assert reasons(result) == expected
    found = [each.reason for each in result if each.reason is not None]
    # Of runs that never end, and of steps, z3 says nothing.
    by = "search" if bug in ("stops", "stands still") else "z3 and search"
    assert all(each.complete_by == by for each in found)


def test_the_same_reason_is_told_once(tmp_path: Path) -> None:
    told = checked(tmp_path, OVERTAKES).text()
    assert "the reason is that of in_the_end, above" in told
    assert told.count("is violated exactly") == 1


def test_a_reason_that_differs_in_a_number_is_told_once(tmp_path: Path) -> None:
    told = " ".join(checked(tmp_path, CLAIMS).text().split())
    assert "exactly when, for some i in 0..1, hook[i] crashes after claim and before pay" in told


INVERSION = """\
vars: {held: bool, busy: bool, waits: bool, ran: bool}
processes:
  low:
    run: |
      while True:
          lock:
              await not held and not busy
              held = True
          unlock:
              await not busy
              held = False
  high:
    run: |
      want: waits = True
      get:
          await not held
          held = True
          waits = False
      publish:
          ran = True
          held = False
  medium:
    run: |
      interrupt: busy = True
      while True:
          compute: pass
properties:
  served: {leads_to: {after: waits, comes: ran}}
"""


def test_of_runs_that_go_round_one_cause_is_told_before_what_follows(tmp_path: Path) -> None:
    (told, *_) = reasons(result := checked(tmp_path, INVERSION))["served"]
    assert told == [
        "low.lock comes before high.publish", "medium.interrupt comes before low.unlock",
    ]  # fmt: skip
    assert result["served"].reason.races_note == "there are more than 10 different reasons"


AGAIN = """\
vars: {handled: 'list[1..2]', got: 0..2}
processes:
  worker:
    crashes: 1
    restarts: false
    run: |
      take: got = 2
      for n in range(1, 3):
          handle: handled.append(n)
properties:
  all_of_it: {finally: "got == 0 or len(handled) == got"}
"""


def test_a_crash_between_two_turns_of_a_step_is_one_while_that_step_is_next(
    tmp_path: Path,
) -> None:
    (facts,) = reasons(checked(tmp_path, AGAIN))["all_of_it"]
    assert facts == ["worker crashes while handle is next"]


def test_causes_that_nobody_went_on_looking_for_are_said_to_be_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "bug.yaml"
    path.write_text(f"model: bug\n{LOOKS_FIRST}", encoding="utf-8")
    space = explore(load(path))
    judgement = judge(space)
    (result,) = (each for each in judgement.results if each.name == "one_account")
    pressed = threading.Event()

    def stop(*given: object) -> None:
        pressed.set()
        raise DeadlineError

    monkeypatch.setattr(causes, "explained", stop)
    reason = Explainer(space, judgement, pressed.is_set).explain(result)
    assert (
        "the same may be said more plainly, which was not looked for any further: interrupted"
        in (reason.note)
    )
    assert any(fact.second == "" for fact in reason.facts)
    assert reason.complete_by


BYSTANDERS = ("onlooker", "clock")
"""Processes that do nothing which anybody could notice."""


@pytest.mark.parametrize("bug", BUGS)
def test_who_is_named_has_to_do_with_it_and_bystanders_have_not(bug: str, tmp_path: Path) -> None:
    text, expected = BUGS[bug]
    words = " ".join(fact for facts in expected.values() for race in facts for fact in race)
    for name in re.findall(r"^  (\w+):$", text, re.MULTILINE):
        if name not in words and name not in BYSTANDERS:
            continue
        alone = re.sub(rf"^  {name}:\n(    .*\n)+", "", text, flags=re.MULTILINE)
        assert alone != text
        try:
            without = reasons(checked(tmp_path, alone))
        except SpecError:  # the property reads what the process has
            assert name in words
            continue
        assert (without == expected) == (name in BYSTANDERS), name
