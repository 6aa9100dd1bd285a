"""Small specs of which a search that leaves out the wrong steps says something wrong, by name.

Each is a classic of the theory, or a mistake that somebody made. With each stand its verdicts, and
the length of what is shown: found with a pencil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["CASES", "Case"]

Verdicts = Mapping[str, tuple[str, int | None]]


@dataclass(frozen=True, slots=True)
class Case:
    """The text of a spec, and of its properties the verdict, and the steps of what is shown."""

    text: str
    verdicts: Verdicts


CASES = {
    # Valmari's ignoring problem: what a process can do at any time is put off for ever.
    "a process spins": Case(
        """\
model: spins
vars: {bad: bool}
processes:
  p:
    vars: {m: 0..1}
    run: |
      while True:
          spin: m = 1 - m
  q:
    run: |
      hit: bad = True
properties:
  good: {always: not bad}
  ends: {finally: bad}
""",
        {"good": ("violated", 1), "ends": ("holds", None)},
    ),
    "a process spins on what another one sets": Case(
        """\
model: waits
vars: {go: bool, x: 0..2}
processes:
  p:
    run: |
      look: while not go:
          again: pass
      done: x = 2
  q:
    run: |
      set: x = 1
      tell: go = True
properties:
  never_one: {never: x == 1}
  comes: {possible: x == 2}
""",
        {"never_one": ("violated", 1), "comes": ("holds", 4)},
    ),
    # The set must have everyone who can still make the formula wrong, if it may make it right.
    "a visible step hides another one": Case(
        """\
model: hides
vars: {x: 0..2, y: 0..1}
processes:
  p:
    run: |
      set: x = 1
      clear: x = 0
  q:
    run: |
      also: y = 1
properties:
  together: {never: x == 1 and y == 1}
  alone: {never: x == 0 and y == 1}
  apart: {finally: x == 0 and y == 1}
""",
        {"together": ("violated", 2), "alone": ("violated", 1), "apart": ("holds", None)},
    ),
    "a goal is left again at once": Case(
        """\
model: left
vars: {x: 0..3, y: 0..3}
processes:
  p:
    run: |
      one: x = 1
      two: x = 2
      three: x = 3
  q:
    run: |
      one: y = 1
      two: y = 2
      three: y = 3
properties:
  never_ahead: {never: y == 2 and x == 1}
  never_so_far: {never: x == 3 and y == 0}
""",
        {"never_ahead": ("violated", 3), "never_so_far": ("violated", 3)},
    ),
    # What may go wrong never has to, so that it is no reason to let others wait.
    "a fault is all that one can do": Case(
        """\
model: fault
vars: {y: 0..1}
processes:
  p:
    crashes: 1
    restarts: false
    run: |
      wait: await y == 2 - y - y
  q:
    run: |
      set: y = 1
properties:
  crashed: {finally: "not at(p, wait)"}
  not_crashed: {finally: "at(p, wait)"}
""",
        {
            "crashed": ("violated", 1),
            "not_crashed": ("violated", 2),
            "no_deadlock": ("violated", 1),
        },
    ),
    # Who waits is disabled by who does not: the one that is quick is not all there is.
    "one takes what another waits for": Case(
        """\
model: takes
resources:
  q: {kind: 'queue[1..2]'}
vars: {got: 0..2}
processes:
  giver:
    run: |
      put: q.put(1)
  a:
    run: |
      take: got = q.get()
  b:
    run: |
      take: got = q.get() + 1
properties:
  one: {finally: got == 1}
  two: {finally: got == 2}
""",
        {"one": ("violated", 2), "two": ("violated", 2), "no_deadlock": ("violated", 2)},
    ),
    "an error in one order only": Case(
        """\
model: error
vars: {x: 0..2, y: '0..2 = 1'}
processes:
  p:
    run: |
      think: pass
      divide: x = 2 // y
  q:
    run: |
      think: pass
      clear: y = 0
properties:
  small: {always: x < 3}
""",
        {"no_error": ("violated", 4), "small": ("holds", None)},
    ),
    "a step that can do nothing": Case(
        """\
model: nothing
vars: {x: '0..3 = choose([0, 2])', f: bool}
processes:
  p:
    run: |
      wait:
          await f
          x = x + 1
  q:
    run: |
      look: x = [1, 0][x]
properties:
  below: {always: x < 3}
""",
        {"no_error": ("violated", 1), "no_deadlock": ("violated", 1), "below": ("holds", None)},
    ),
    "a deadlock in one order only": Case(
        """\
model: deadlock
vars: {a: bool, b: bool}
processes:
  p:
    run: |
      first:
          await not a
          a = True
      second:
          await not b
          b = True
      free:
          a = False
          b = False
  q:
    run: |
      first:
          await not b
          b = True
      second:
          await not a
          a = True
      free:
          a = False
          b = False
properties:
  ends: {finally: done(p) and done(q)}
""",
        {"no_deadlock": ("violated", 2), "ends": ("violated", 2)},
    ),
    # q is woken by s, who is woken by r: who lets p go first must let r go, too.
    "a third one makes it possible": Case(
        """\
model: third
vars: {first: bool, second: bool, z: 0..1, y: '0..1 = 1'}
processes:
  p:
    run: |
      set: z = 1
  q:
    run: |
      read:
          await second
          y = z
  r:
    run: |
      wake: first = True
  s:
    run: |
      pass_on:
          await first
          second = True
properties:
  late: {finally: y == 1}
  early: {finally: y == 0}
""",
        {"late": ("violated", 4), "early": ("violated", 4)},
    ),
    "one way of a step fails after another one": Case(
        """\
model: ways
vars: {x: 0..1, y: 0..2}
processes:
  p:
    run: |
      go:
          n = choose([0, 1])
          x = min(1 // n, 0) if y > 0 else 0
  q:
    run: |
      set: y = choose([1, 2])
""",
        {"no_error": ("violated", 2)},
    ),
    "a process spins, and states alone are asked": Case(
        """\
model: states
vars: {bad: bool}
processes:
  p:
    vars: {m: 0..1}
    run: |
      while True:
          spin: m = 1 - m
  q:
    run: |
      think: pass
      hit: bad = True
properties:
  good: {always: not bad}
""",
        {"good": ("violated", 2)},
    ),
    "what it still comes to": Case(
        """\
model: future
vars: {x: 0..1, y: 0..1}
processes:
  p:
    run: |
      think: pass
      more: pass
      set: x = 1
  q:
    run: |
      read: y = x
properties:
  zero: {finally: y == 0}
  one: {finally: y == 1}
""",
        {"zero": ("violated", 4), "one": ("violated", 4)},
    ),
    "what it comes to in the next round": Case(
        """\
model: round
vars: {x: 0..2, y: 0..2}
processes:
  p:
    run: |
      for turn in range(2):
          look: pass
          set: x += 1
  q:
    run: |
      read: y = x
properties:
  none: {never: "done(q) and y == 0"}
  one: {never: y == 1}
  both: {never: y == 2}
""",
        {"none": ("violated", 1), "one": ("violated", 3), "both": ("violated", 5)},
    ),
    "a state in which something fails": Case(
        """\
model: failing
vars: {x: 0..2, z: 0..1}
processes:
  p:
    run: |
      fail: x = 2 // x
  q:
    run: |
      set: z = 1
      also: x = 1
properties:
  untouched: {always: z == 0}
  ends: {finally: z == 0}
  later: {never: x == 2}
""",
        {
            "no_error": ("violated", 1),
            "untouched": ("violated", 1),
            "ends": ("violated", 3),
            "later": ("violated", 3),
        },
    ),
    # A step that changes nothing is forbidden as well, once what was before it is wrong.
    "a step that changes nothing is forbidden": Case(
        """\
model: before
vars: {f: 'bool = True'}
processes:
  p:
    run: |
      idle: pass
  q:
    run: |
      clear: f = False
properties:
  while_it_is: {each_step: old(f)}
""",
        {"while_it_is": ("violated", 2)},
    ),
    "two values change between two looks": Case(
        """\
model: looks
vars: {x: 0..1, y: 0..1, seen: 'list[0..3]'}
processes:
  p:
    run: |
      set: x = 1
  q:
    run: |
      set: y = 1
  r:
    run: |
      one: seen.append(x + 2 * y)
      two: seen.append(x + 2 * y)
properties:
  p_first: {never: "seen == [1, 3]"}
  q_first: {never: "seen == [2, 3]"}
""",
        {"p_first": ("violated", 4), "q_first": ("violated", 4)},
    ),
    # The nearest goal is one step away, whatever others could do before.
    "others come first": Case(
        """\
model: near
vars: {bad: bool}
processes:
  p:
    vars: {m: 0..4}
    run: |
      for turn in range(4):
          work: m += 1
  q:
    run: |
      hit: bad = True
properties:
  good: {always: not bad}
  worked: {never: p.m == 4 and not bad}
  can: {possible: bad}
""",
        {"good": ("violated", 1), "worked": ("violated", 4), "can": ("holds", 1)},
    ),
    "a formula has no value": Case(
        """\
model: value
vars: {x: 0..2, y: 0..2, z: '0..2 = 1'}
processes:
  p:
    run: |
      think: pass
      more: pass
      fail: x = 2 // y
  q:
    run: |
      away: z = 0
      back: z = 1
properties:
  known: {always: 2 // z == 2}
""",
        {"no_error": ("violated", 1), "known": ("undetermined", None)},
    ),
    "a premise is true for a moment": Case(
        """\
model: premise
vars: {x: 0..1, f: bool}
processes:
  p:
    run: |
      set: x = 1
      clear: x = 0
  q:
    run: |
      raise_it: f = True
properties:
  ends: {finally: "not (f and x == 1) or x == 1"}
""",
        {"ends": ("holds", None)},
    ),
    "a timeout comes last": Case(
        """\
model: last
timeouts: last
vars: {x: 0..2, y: 0..1}
processes:
  p:
    run: |
      either:
          hear: await x == 1
      or timeout:
          give_up: y = 1
  q:
    run: |
      think: pass
      tell: x = 1
properties:
  patient: {always: y == 0}
""",
        {"patient": ("holds", None)},
    ),
    "a branch waits for the other one": Case(
        """\
model: branches
vars: {x: 0..2, y: 0..2}
processes:
  p:
    run: |
      both:
          one: x = 1
      and:
          two: y = x
      after: x = 2
  q:
    run: |
      read: y = x
properties:
  none: {finally: y == 0}
  one: {finally: y != 1}
  two: {finally: y != 2}
""",
        {"none": ("violated", 4), "one": ("violated", 4), "two": ("violated", 4)},
    ),
    # --- instances that are alike, and some that are not ---------------------------------------
    "a property names one of two": Case(
        """\
model: names
vars: {who: '0..1?'}
processes:
  p:
    count: 2
    run: |
      take:
          await who is None
          who = self
properties:
  not_zero: {never: who == 0}
  not_one: {never: who == 1}
  anybody: {finally: who is not None}
""",
        {
            "not_zero": ("violated", 1),
            "not_one": ("violated", 1),
            "anybody": ("holds", None),
            "no_deadlock": ("violated", 1),
        },
    ),
    "endings that name one of two": Case(
        """\
model: endings
vars: {who: '0..1?'}
processes:
  p:
    count: 2
    run: |
      take: who = self if who is None else who
define: {winner: who}
properties:
  nobody: {finally: who is None}
""",
        {"nobody": ("violated", 2)},
    ),
    "one of two is preferred": Case(
        """\
model: preferred
vars: {mark: 'dict[0..1, 0..1]'}
processes:
  p:
    count: 2
    run: |
      mark:
          await mark[0] + mark[1] == 0
          mark[self] = 1
properties:
  none: {finally: "mark[0] + mark[1] == 0", prefer: ["mark[0]"]}
  nothing: {always: "mark[0] + mark[1] == 0", prefer: ["mark[1]"]}
""",
        {
            "none": ("violated", 1),
            "nothing": ("violated", 1),
            "no_deadlock": ("violated", 1),
        },
    ),
    "a place of one of two": Case(
        """\
model: place
vars: {free: 'bool = True'}
processes:
  p:
    count: 2
    run: |
      take:
          await free
          free = False
      hold: pass
properties:
  not_zero: {never: "at(p[0], hold)"}
  not_one: {never: "at(p[1], hold)"}
  one_only: {never: "count(at(each, hold) for each in p) > 1"}
""",
        {
            "not_zero": ("violated", 1),
            "not_one": ("violated", 1),
            "one_only": ("holds", None),
            "no_deadlock": ("violated", 2),
        },
    ),
    "the least of a set": Case(
        """\
model: least
vars: {waiting: 'set[0..2]', first: '0..2?'}
processes:
  p:
    count: 3
    run: |
      enter: waiting.add(self)
      chosen:
          await len(waiting) == 2 and first is None
          first = min(waiting)
properties:
  not_last: {never: first == 2}
  not_middle: {never: first == 1}
""",
        {
            "not_last": ("holds", None),
            "not_middle": ("violated", 3),
            "no_deadlock": ("violated", 3),
        },
    ),
    "a ring": Case(
        """\
model: ring
vars: {mark: 'dict[0..2, 0..1]', steps: 0..2}
processes:
  p:
    count: 3
    run: |
      pass_on:
          await steps < 2
          steps += 1
          mark[(self + 1) % 3] = 1
properties:
  two: {finally: "count(mark[each] == 1 for each in range(3)) == 2"}
  neighbours: {never: "mark[0] == 1 and mark[2] == 1"}
""",
        {"two": ("holds", None), "neighbours": ("violated", 2), "no_deadlock": ("violated", 2)},
    ),
    "what belongs to an instance": Case(
        """\
model: belongs
resources:
  box: {kind: 'queue[0..1]', count: 2}
vars: {order: 'list[0..1]', members: 'set[0..1]'}
processes:
  p:
    count: 2
    vars: {got: 0..1}
    run: |
      put: box[self].put(1)
      enter: members.add(self)
      take: got = box[self].get()
      leave: members.remove(self)
      line: order.append(self)
properties:
  all_got: {finally: "all(each.got == 1 for each in p)"}
  nobody: {finally: len(members) == 0}
  in_order: {finally: "order == [0, 1]"}
  both_in: {never: len(members) == 2}
""",
        {
            "all_got": ("holds", None),
            "nobody": ("holds", None),
            "in_order": ("violated", 10),
            "both_in": ("violated", 4),
        },
    ),
    "what each of them knows": Case(
        """\
model: knows
vars: {total: 0..4, said: 'list[1..2]'}
processes:
  p:
    count: 2
    vars: {m: 0..2}
    run: |
      pick: m = choose([1, 2])
      think: pass
      say:
          total += m
          said.append(m)
properties:
  two: {finally: total != 2}
  three: {finally: total != 3}
  four: {finally: total != 4}
  falls: {never: "said == [2, 1]"}
  rises: {never: "said == [1, 2]"}
  knows: {always: "all(each.m == 0 or not at(each, pick) for each in p)"}
""",
        {
            "two": ("violated", 6),
            "three": ("violated", 6),
            "four": ("violated", 6),
            "falls": ("violated", 6),
            "rises": ("violated", 6),
            "knows": ("holds", None),
        },
    ),
    "one of them is told first": Case(
        """\
model: told
vars: {turn: '0..2?', last: '0..2?', rounds: 0..2}
processes:
  p:
    count: 3
    run: |
      take:
          await turn is None
          turn = self
      leave:
          last = turn
          turn = None
  clerk:
    run: |
      for each in range(2):
          look:
              await turn is not None and turn != last
              rounds += 1
properties:
  never_twice: {never: rounds == 2}
  free: {finally: turn is None}
""",
        {
            "never_twice": ("violated", 3),
            "free": ("holds", None),
            "no_deadlock": ("violated", 6),
        },
    ),
    "begun unlike": Case(
        """\
model: begun
vars: {token: 'set[0..2] = {0}', seen: 0..3}
processes:
  p:
    count: 3
    run: |
      hand_on:
          await self in token
          token = {min(self + 1, 2)}
          seen += 1
properties:
  ended: {finally: seen == 3}
  with_two: {never: "2 in token and seen == 1"}
  soon: {never: "2 in token and seen == 2"}
""",
        {"ended": ("holds", None), "with_two": ("holds", None), "soon": ("violated", 2)},
    ),
    "a step by one that others are like": Case(
        """\
model: step
vars: {mark: 'dict[0..1, 0..2]'}
processes:
  p:
    count: 2
    run: |
      one: mark[self] = 1
      two: mark[self] = 2
properties:
  grows: {each_step: "all(mark[each] >= old(mark[each]) for each in range(2))"}
  zero_first: {each_step: "old(mark[0]) > 0 or mark[1] == 0"}
""",
        {"grows": ("holds", None), "zero_first": ("violated", 1)},
    ),
    "an error of one of several": Case(
        """\
model: of_one
vars: {x: '0..2 = 2'}
processes:
  p:
    count: 3
    run: |
      down: x -= 1
      check: x = 2 // (x + 1) - 1 if x > 0 else 0
properties:
  above: {always: x > 0}
""",
        {"no_error": ("violated", 3), "above": ("violated", 2)},
    ),
}
