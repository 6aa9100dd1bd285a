"""Small specs with runs that never end, each wrong in its own way, and their checks."""

from __future__ import annotations

from pathlib import Path

from model_check import Result, check

POLL = """\
model: poll
about: A worker may die on the order; the customer asks until there is an answer.
types: {Order: 1..1}
vars:
  paid: bool
resources:
  orders: {kind: "redis.list[Order]", initially: "[1]", key: "shop:orders"}
processes:
  worker:
    vars: {order: Order?}
    run: |
      take: order = orders.lpop()
      either:
          pay: paid = True
      or:
          die: pass
  customer:
    run: |
      while True:
          ask: if paid:
              break
          wait: pass
properties:
  answered: {finally: paid}
  comes: {eventually: paid}
  asked: {leads_to: {after: not paid, comes: paid}}
  can: {possible: paid}
  cannot: {possible: paid and worker.order is None, expect: violated}
  grows: {each_step: not old(paid) or paid}
"""

RETRY = """\
model: retry
about: Each of two clients takes one lock, looks for the other, and gives up.
vars:
  left: bool
  right: bool
  won: dict[0..1, bool]
processes:
  client:
    count: 2
    run: |
      while True:
          look: if won[self]:
              break
          first:
              if self == 0:
                  await not left
                  left = True
              else:
                  await not right
                  right = True
          second:
              if self == 0 and not right or self == 1 and not left:
                  won[self] = True
          give_up:
              if self == 0:
                  left = False
              else:
                  right = False
properties:
  one_wins: {eventually: "won[0] or won[1]"}
"""

LOCK = """\
model: lock
about: The quick one takes the lock again and again; the slow one waits for it.
vars:
  held: bool
  got: bool
processes:
  quick:
    run: |
      while True:
          take:
              await not held
              held = True
          give: held = False
  slow:
    run: |
      take:
          await not held
          held = True
      use: got = True
      give: held = False
properties:
  served: {eventually: got}
"""

RING = """\
model: ring
about: Three nodes pass a token round, for ever.
vars:
  place: 0..2
  work: 0..1
processes:
  node:
    count: 3
    run: |
      while True:
          get: await place == self
          pass_on: place = (place + 1) % 3
define:
  two: place == 2
properties:
  finished: {finally: two}
  worked: {eventually: work == 1}
  settles: {ltl: "G F two -> F G two"}
"""

CHOICE = """\
model: choice
about: Who may stop chooses to go on, and whom nothing is promised to never begins.
vars:
  stopped: bool
  begun: bool
processes:
  chooser:
    run: |
      while True:
          either:
              go_on: pass
          or:
              stop: stopped = True
  idler:
    fairness: none
    run: |
      begin: begun = True
  waiter:
    run: |
      wait: await begun and stopped
properties:
  stops: {eventually: stopped}
"""

ENDS = """\
model: ends
about: All runs end.
vars:
  asked: bool
  answered: bool
  n: 0..3
processes:
  asker:
    run: |
      ask: asked = True
      count: n = 2
      less: n = 1
  server:
    run: |
      look: if asked:
          answered = True
properties:
  answer: {leads_to: {after: asked, comes: answered}}
  some: {eventually: n == 3}
  grows: {each_step: n >= old(n)}
  form: {ltl: "G (asked -> F answered)"}
  can: {possible: answered and n == 1}
  already: {possible: n == 0}
  cannot: {possible: n == 3}
"""

ENDLESS = {"poll": POLL, "retry": RETRY, "lock": LOCK, "ring": RING, "choice": CHOICE}


def checked(folder: Path, text: str) -> Result:
    """The check of a text, with all that is told."""
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path)
