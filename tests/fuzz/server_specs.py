"""Small specs with what servers do to their clients: commands that are under way, connections that
several share, replicas that take over. Each is about something of its own: by name."""

from __future__ import annotations

__all__ = ["SERVER_SPECS"]

_IN_ORDER = """\
model: order
resources:
  l: {kind: 'redis.list[0..2]'}
  c: {kind: 'redis.pubsub[0..2]'}
processes:
  p:
    vars: {n: 0..9}
    run: |
      sub: c.subscribe(wait=False)
      twice:
          l.rpush(0, wait=False)
          l.rpush(0, wait=False)
      third: l.rpush(1, wait=False)
      count: n = l.llen()
      while True:
          hear: c.get_message()
  q:
    run: |
      tell: c.publish(2)
      left: l.lpop()
properties:
  counted: {always: "not at(p, hear) or p.n >= 2"}
  overtaken: {never: "p.n > 0 and len(c.subscribed) == 0"}
  heard: {finally: "len(l.items) == 2 and len(c.inbox[p]) == 0"}
"""

_SHARED = """\
model: shared
resources:
  l: {kind: 'redis.list[0..1]', count: 2}
  c: {kind: 'redis.pubsub[0..1]'}
vars: {told: 0..4}
processes:
  p:
    count: 2
    connection: main
    crashes: 1
    restarts: false
    run: |
      send: l[self].rpush(self, wait=False)
      look: told = l[0].llen() + l[1].llen()
  q:
    connection: main
    run: |
      sub: c.subscribe()
      hear: c.get_message()
  r:
    run: |
      tell: c.publish(1)
properties:
  behind: {always: "told != 0 or not done(p[0])"}
  all_there: {finally: "len(l[0].items) == 1"}
  heard: {finally: "done(q)"}
"""

_LOST_UNDER_WAY = """\
model: underway
resources:
  l: {kind: 'redis.list[0..1]', disconnects: 1}
  s: {kind: 'redis.string[0..2]'}
vars: {met: bool}
processes:
  p:
    run: |
      try:
          a: l.rpush(1, wait=False)
          b: s.set(2, wait=False)
          c: l.llen()
      except disconnected:
          d: met = True
      e: s.setnx(1, wait=False)
properties:
  arrives: {finally: "s.value is not None"}
  first: {finally: "met or len(l.items) == 1"}
  in_order: {always: "s.value is None or met or len(l.items) == 1"}
"""

_FAILS_LATER = """\
model: later
resources:
  s: {kind: 'redis.string[0..1]'}
  t: {kind: 'redis.stream[0..1]'}
processes:
  p:
    fairness: none
    run: |
      for i in range(3):
          a: s.incr(wait=False)
          b: t.xadd(1, wait=False)
  q:
    vars: {got: 'list[{id: int, value: 0..1}]'}
    run: |
      c: got = t.xread("$")
properties:
  low: {always: "s.value != 1 or len(t.entries) < 2"}
  woken: {eventually: "len(q.got) == 1"}
  one: {possible: "s.value == 1"}
"""

_LATE = """\
model: late
timeouts: last
resources:
  c: {kind: 'redis.pubsub[0..1]', disconnects: 1}
vars: {gone: bool}
processes:
  p:
    run: |
      sub: c.subscribe(wait=False)
      either:
          hear: c.get_message()
      or timeout:
          give_up: gone = True
      unsub: c.unsubscribe()
  q:
    run: |
      tell: c.publish(1, wait=False)
properties:
  heard: {never: gone}
  quiet: {finally: "len(c.subscribed) == 0"}
"""

_TAKES_OVER = """\
model: over
servers: {redis: {failover: 2, loses_last: 2}}
resources:
  l: {kind: 'redis.list[1..4]'}
  s: {kind: 'redis.string[0..4]', expires: 1}
  h: {kind: 'redis.hash[0..1, 0..1]'}
processes:
  p:
    run: |
      a:
          l.rpush(1)
          s.set(1)
      b: h.hset(1, 1)
      c: s.set(1)
      d: s.set(2, wait=False)
      e: l.lpop()
properties:
  pair: {always: "s.value != 1 or len(l.items) == 1 or done(p)"}
  field: {finally: "h.fields[1] == 1"}
  last: {finally: "s.value == 2"}
  empty: {finally: "len(l.items) == 0"}
"""

_CUTS_OFF = """\
model: off
servers: {redis: {failover: 1}}
resources:
  t: {kind: 'redis.stream[0..1]', disconnects: 1}
  c: {kind: 'redis.pubsub[0..1]'}
  w: {kind: 'websocket[0..1]'}
vars: {met: 0..1}
processes:
  p:
    vars: {got: 'list[{id: int, value: 0..1}]'}
    run: |
      try:
          sub: c.subscribe()
          wait: got = t.xread("$")
          pass_on: w.send(1)
      except disconnected:
          again: met = 1
  q:
    keeps: [sent]
    vars: {sent: bool}
    run: |
      tell: c.publish(1)
      add:
          t.xadd(0)
          sent = True
      hear: w.recv()
properties:
  subscribed: {finally: "met == 1 or len(c.subscribed) == 1"}
  told: {finally: "q.sent"}
  read: {finally: "len(p.got) == 1"}
  waits: {never: "t.waiting[p] is None and at(p, wait) and met == 0 and len(t.served[p]) == 0"}
"""

_ONE_OF_SEVERAL = """\
model: several
servers: {redis: {failover: 1, loses_last: 1}}
resources:
  l: {kind: 'redis.list[0..1]', count: 3}
processes:
  p:
    count: 2
    run: |
      a: l[2].rpush(1, wait=False)
      b: l[self + 1].lpush(self, wait=False)
      c: l[1].llen()
properties:
  two: {never: "len(l[2].items) == 2"}
  both_first: {never: "len(l[2].items) == 3"}
"""

_NOTHING_TO_LOSE = """\
model: nothing
servers: {redis: {failover: 1, loses_last: 2}}
resources:
  c: {kind: 'redis.pubsub[0..1]'}
processes:
  p:
    run: |
      a: c.subscribe()
properties:
  there: {finally: "len(c.subscribed) == 1"}
"""

_ANSWERED = """\
model: answered
resources:
  t: {kind: 'redis.stream[0..1]'}
  l: {kind: 'redis.list[0..1]'}
processes:
  p:
    vars: {got: 'list[{id: int, value: 0..1}]'}
    run: |
      both:
          a: got = t.xread("$")
      and:
          b: l.rpush(1, wait=False)
          c: t.xlen()
  q:
    run: |
      d: t.xadd(1)
properties:
  overtakes: {possible: "len(p.got) == 1 and len(l.items) == 0 and not at(p, b)"}
"""

SERVER_SPECS = {
    "in order": _IN_ORDER,
    "a shared connection": _SHARED,
    "lost under way": _LOST_UNDER_WAY,
    "fails later": _FAILS_LATER,
    "late and under way": _LATE,
    "takes over": _TAKES_OVER,
    "cuts off": _CUTS_OFF,
    "one of several": _ONE_OF_SEVERAL,
    "nothing to lose": _NOTHING_TO_LOSE,
    "answered": _ANSWERED,
}
