"""Small specs in which something goes wrong, each in a way of its own: by name."""

from __future__ import annotations

__all__ = ["FAULT_SPECS"]

_BEGUN_ANEW = """\
model: anew
vars: {x: 0..6, y: 0..6}
processes:
  p:
    crashes: 2
    keeps: [kept]
    vars: {mine: 0..3, kept: 0..3, first: '0..2 = choose([1, 2])'}
    run: |
      for turn in range(2):
          a:
              mine = mine + 1 if mine < 3 else 0
              kept = kept + 1 if kept < 3 else 0
      b: x += mine if x < 3 else 0
      c: y += kept if y < 3 else 0
properties:
  once: {always: x <= 2}
  ends: {finally: "done(p) and x >= 2"}
  first: {always: "p.first > 0"}
"""

_STAYS_AWAY = """\
model: away
vars: {x: 0..3}
processes:
  p:
    crashes: 1
    restarts: false
    run: |
      a: x = 1
      b: await x == 2
  q:
    run: |
      c: await x == 1
properties:
  ended: {finally: "done(p)"}
  never_ends: {never: "done(p)"}
  left: {finally: "x == 1"}
"""

_CONNECTIONS = """\
model: connections
resources:
  c: {kind: 'redis.pubsub[0..1]'}
  s: {kind: 'redis.stream[0..1]'}
  w: {kind: 'websocket[0..1]'}
processes:
  p:
    crashes: 1
    vars: {m: 0..1, o: bool}
    run: |
      sub: c.subscribe()
      hear: m = c.get_message()
      tell: o = w.send(1)
  q:
    run: |
      first: w.send(0)
      second: w.send(1)
      publish: c.publish(1)
      again: c.publish(0)
      read: w.recv()
properties:
  told: {finally: "p.o"}
  heard: {finally: "p.m == 1 or len(c.inbox[p]) == 0"}
  open: {always: "not w.closed"}
"""

_BROKEN = """\
model: broken
resources:
  q: {kind: 'queue[0..2]', loses: 1, duplicates: 1, reorders: true}
processes:
  p:
    run: |
      a: q.put(1)
      b: q.put(2)
  r:
    run: |
      c: q.get()
properties:
  one: {finally: "len(q.items) == 1"}
"""

_RUN_OUT = """\
model: out
resources:
  l: {kind: 'redis.list[0..1]', expires: 1}
  s: {kind: 'redis.string[0..1]', count: 2, expires: 1}
  h: {kind: 'redis.hash[0..1, 0..1]', expires: 1}
processes:
  p:
    run: |
      c: l.rpush(1)
      d: s[0].set(1)
      e: s[1].set(0)
      f: h.hset(1, 1)
properties:
  kept: {finally: "l.items == [1]"}
  one_of: {always: "not (done(p) and s[0].value is None and s[1].value is None)"}
"""

_OF_ONES_OWN = """\
model: own
kinds: [own.yaml]
resources:
  g: {kind: own.flag, overflows: 2, drops: 1}
processes:
  p:
    run: |
      a: g.raise_flag()
      b: g.raise_flag()
  r:
    run: |
      c: g.lower()
properties:
  low: {always: "g.value < 2"}
"""

_FOR_EVER = """\
model: endless
vars: {x: 0..2, f: bool}
processes:
  p:
    crashes: true
    vars: {m: 0..1}
    run: |
      a: x = 1
      b: x = 2
      while True:
          c: f = not f
  q:
    run: |
      d: await x == 2
properties:
  gets_there: {eventually: x == 2}
  again: {ltl: "G F two", expect: violated}
  each: {each_step: "x >= old(x)"}
define: {two: x == 2}
"""

_STRONG = """\
model: strong
vars: {x: 0..2}
processes:
  p:
    crashes: true
    fairness: strong
    run: |
      a: await x == 1
  q:
    run: |
      while True:
          b: x = 1 - x if x < 2 else 0
properties:
  ended: {eventually: "done(p)"}
"""

_ONLY_FAULTS = """\
model: only
vars: {x: 0..1}
processes:
  p:
    crashes: 1
    keeps: [n]
    vars: {n: 0..1}
    run: |
      a: if n == 0:
          b: n = 1
          c: await x == 1
      d: x = 1
properties:
  reached: {finally: x == 1}
  stuck: {ltl: "F one"}
define: {one: x == 1}
"""

_RIGHT_AT_FIRST = """\
model: right
vars: {x: 0..3}
processes:
  p:
    crashes: 1
    run: |
      a: x = x + 1 if x < 3 else x
      b: await x == 3
properties:
  once: {finally: x == 1}
"""

_RACE = """\
model: race
vars: {x: 0..3}
processes:
  p:
    crashes: 1
    run: |
      a: x = 1
      b: await x == 3
  q:
    run: |
      c: x = 2
properties:
  two: {finally: x == 2}
"""

_LATE = """\
model: late
timeouts: last
vars: {x: 0..3}
processes:
  p:
    run: |
      either:
          hear: await x == 1
      or timeout:
          give_up: x = 2
  q:
    crashes: 1
    restarts: false
    run: |
      think: x = 3
      tell: x = 1
properties:
  heard: {never: x == 2}
"""

_CUT_OFF = """\
model: cut
resources:
  l: {kind: 'redis.list[1..2]'}
  t: {kind: 'redis.string[int]', disconnects: 2}
  c: {kind: 'redis.pubsub[0..2]', disconnects: 1}
vars: {told: 0..4}
processes:
  p:
    vars: {mine: 0..4}
    run: |
      try:
          for part in range(1, 3):
              a:
                  mine += 1
                  l.rpush(part)
                  t.set(part)
                  told += 1
      except disconnected:
          b: c.publish(0)
  r:
    keeps: [heard]
    vars: {heard: 0..2, lost: 0..2}
    run: |
      s: c.subscribe()
      either:
          h: heard = 2 // (c.get_message() + 1)
      or:
          g: lost = 1 if t.get() is None else 2
properties:
  together: {always: "told == len(l.items)"}
  ends: {finally: "done(p) and told == 2"}
  heard: {finally: "r.heard == 2"}
"""

_BROKEN_SOCKET = """\
model: socket
resources:
  w: {kind: 'websocket[0..2]', disconnects: 1}
vars: {got: 'list[0..2]', met: bool}
processes:
  p:
    crashes: 1
    run: |
      a: w.connect()
      b: w.send(1)
      c: w.send_all([2, 2])
  q:
    run: |
      for turn in range(2):
          try:
              while True:
                  d: got.append(w.recv())
          except disconnected:
              e: met = True
      f: w.connect()
properties:
  whole: {finally: "got == [1, 2, 2]"}
  one: {never: "met and len(got) == 1"}
"""

_NOBODY_TALKS = """\
model: talks
resources:
  w: {kind: 'websocket[0..1]', disconnects: 1}
processes:
  p:
    vars: {open: bool}
    run: |
      try:
          a: open = w.is_open()
          b: open = w.is_open()
      except disconnected:
          c: w.connect()
properties:
  is_open: {finally: "p.open and not w.closed"}
"""

FAULT_SPECS = {
    "begun anew": _BEGUN_ANEW,
    "stays away": _STAYS_AWAY,
    "connections": _CONNECTIONS,
    "broken resources": _BROKEN,
    "run out": _RUN_OUT,
    "of one's own": _OF_ONES_OWN,
    "for ever": _FOR_EVER,
    "strong": _STRONG,
    "only faults": _ONLY_FAULTS,
    "right at first": _RIGHT_AT_FIRST,
    "race": _RACE,
    "late": _LATE,
    "cut off": _CUT_OFF,
    "a broken socket": _BROKEN_SOCKET,
    "nobody talks": _NOBODY_TALKS,
}
