"""Models that are known from PRISM's case studies, in its language and as specs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from likelihood.storm.pairs import Pair, spec_of


def models() -> Iterator[Pair]:
    for heads in (50, 30, 81):
        yield die(heads)
    for capacity in (2, 3, 5):
        yield tandem(capacity)
    for stations in (2, 3, 4):
        yield polling(stations)
    for missed in (2, 4):
        yield embedded(missed)
    for chunks, most in ((4, 2), (8, 3), (16, 2), (16, 5)):
        yield retransmission(chunks, most)
    for size, rounds in ((5, 3), (10, 4)):
        yield crowds(size, rounds)
    for machines, spares in ((3, 1), (5, 2)):
        yield cluster(machines, spares)


def die(heads: int) -> Pair:
    """Knuth, Yao, The complexity of nonuniform random number generation, 1976: a die of a coin;
    where the coin is not fair, nor is the die."""
    prism = f"""\
dtmc
const double h = {heads} / 100;
module die
    s : [0..7] init 0;
    d : [0..6] init 0;
    [] s=0 -> h : (s'=1) + 1-h : (s'=2);
    [] s=1 -> h : (s'=3) + 1-h : (s'=4);
    [] s=2 -> h : (s'=5) + 1-h : (s'=6);
    [] s=3 -> h : (s'=1) + 1-h : (s'=7) & (d'=1);
    [] s=4 -> h : (s'=7) & (d'=2) + 1-h : (s'=7) & (d'=3);
    [] s=5 -> h : (s'=7) & (d'=4) + 1-h : (s'=7) & (d'=5);
    [] s=6 -> h : (s'=2) + 1-h : (s'=7) & (d'=6);
    [] s=7 -> 1 : true;
endmodule
"""
    spec = spec_of(
        "die",
        """\
  die:
    vars: {s: 0..7 = 0, d: 0..6 = 0}
    run: |
      while s != 7:
          either:
              heads:
                  if s <= 2: s = 2 * s + 1
                  elif s == 3: s = 1
                  elif s == 6: s = 2
                  else:
                      d = 2 * (s - 3)
                      s = 7
          or:
              tails:
                  if s <= 2: s = 2 * s + 2
                  else:
                      d = {3: 1, 4: 3, 5: 5, 6: 6}[s]
                      s = 7
""".replace("{3: 1, 4: 3, 5: 5, 6: 6}[s]", "1 if s == 3 else 6 if s == 6 else 2 * s - 5"),
        {"die.heads": f"{heads}%", "die.tails": f"{100 - heads}%"},
        {f"is_{each}": f"die.d == {each}" for each in range(1, 7)},
    )
    return Pair(
        f"die-{heads}", prism, spec, {f"is_{k}": f"P=? [F s=7 & d={k}]" for k in range(1, 7)}
    )


def tandem(capacity: int) -> Pair:
    """Hermanns, Meyer-Kayser, Siegle, Multi terminal binary decision diagrams to represent and
    analyse continuous time Markov chains, 1999: two queues; which one is full first. The unit of
    PRISM's model is 9 s here."""
    prism = f"""\
ctmc
const int c = {capacity};
module serverC
    sc : [0..c];
    ph : [1..2];
    [] (sc<c) -> 4*c : (sc'=sc+1);
    [route] (sc>0) & (ph=1) -> 9/5 : (sc'=sc-1);
    [] (sc>0) & (ph=1) -> 1/5 : (ph'=2);
    [route] (sc>0) & (ph=2) -> 2 : (ph'=1) & (sc'=sc-1);
endmodule
module serverM
    sm : [0..c];
    [route] (sm<c) -> 1 : (sm'=sm+1);
    [] (sm>0) -> 4 : (sm'=sm-1);
endmodule
"""
    spec = spec_of(
        "tandem",
        f"""\
  queues:
    vars: {{sc: 0..{capacity} = 0, sm: 0..{capacity} = 0, ph: 1..2 = 1}}
    run: |
      while sc < {capacity} and sm < {capacity}:
          either:
              arrive: sc += 1
          or:
              route:
                  await sc > 0 and ph == 1
                  sc -= 1
                  sm += 1
          or:
              turn:
                  await sc > 0 and ph == 1
                  ph = 2
          or:
              turn_and_route:
                  await sc > 0 and ph == 2
                  ph = 1
                  sc -= 1
                  sm += 1
          or:
              leave:
                  await sm > 0
                  sm -= 1
""",
        {
            "queues.arrive": f"exp {Fraction(2250, capacity) * 1000}us",
            "queues.route": "exp 5s",
            "queues.turn": "exp 45s",
            "queues.turn_and_route": "exp 4500ms",
            "queues.leave": "exp 2250ms",
        },
        {"first": f"queues.sc == {capacity}", "second": f"queues.sm == {capacity}"},
    )
    return Pair(
        f"tandem-{capacity}", prism, spec,
        {"first": "P=? [sm<c U sc=c]", "second": "P=? [sc<c U sm=c]"},
    )  # fmt: skip


def polling(stations: int) -> Pair:
    """Ibe, Trivedi, Stochastic Petri net models of polling systems, 1990: whether station 1 is
    served before station 2."""
    count = stations
    loops = "".join(
        f"    [loop{k}] s={k} & a=0 -> 200 : (s'={k % count + 1});\n"
        f"    [full{k}] s={k} & a=0 -> 200 : (a'=1);\n"
        f"    [serve{k}] s={k} & a=1 -> 1 : (s'={k % count + 1}) & (a'=0);\n"
        for k in range(1, count + 1)
    )
    others = "".join(
        f"module station{k}\n    s{k} : [0..1];\n    [loop{k}] s{k}=0 -> 1 : true;\n"
        f"    [] s{k}=0 -> 1/{count} : (s{k}'=1);\n    [full{k}] s{k}=1 -> 1 : true;\n"
        f"    [serve{k}] s{k}=1 -> 1 : (s{k}'=0);\nendmodule\n"
        for k in range(1, count + 1)
    )
    prism = (
        f"ctmc\nmodule server\n    s : [1..{count}] init 1;\n    a : [0..1];\n{loops}endmodule\n"
        + others
    )
    spec = spec_of(
        "polling",
        f"""\
  station:
    count: {count}
    run: |
      while True:
          arrive: full.add(self)
          is_served: await self not in full
  server:
    vars: {{first: 0..2 = 0, busy: bool}}
    run: |
      while first == 0:
          for k in range(0, {count}):
              poll: busy = k in full
              if busy:
                  begin: if k < 2 and first == 0: first = k + 1
                  serve: full.discard(k)
""",
        {"station.arrive": f"exp {count}s", "server.poll": "exp 5ms", "server.serve": "exp 1s"},
        {"first": "server.first == 1", "second": "server.first == 2"},
        f"vars:\n  full: set[0..{count - 1}]\n",
    )
    return Pair(
        f"polling-{count}", prism, spec,
        {"first": "P=? [!(s=2 & a=1) U (s=1 & a=1)]", "second": "P=? [!(s=1 & a=1) U (s=2 & a=1)]"},
    )  # fmt: skip


def embedded(missed: int) -> Pair:
    """After Muppala, Ciardo, Trivedi, Stochastic reward nets for reliability prediction, 1994: of
    what an embedded control system fails first, three sensors, two actuators, the main processor,
    or the two processors at its sides, which also have faults that a reboot mends. A second of it
    is 100 us here."""
    processors = "".join(
        f"module {p}\n    {p} : [0..2] init 2;\n    [] {p}>0 -> 1/31536000 : ({p}'=0);\n"
        f"    [] {p}=2 -> 1/86400 : ({p}'=1);\n    [] {p}=1 -> 1/30 : ({p}'=2);\nendmodule\n"
        for p in ("i", "o")
    )
    prism = f"""\
ctmc
const int most = {missed};
module sensors
    s : [0..3] init 3;
    [] s>0 -> s/2592000 : (s'=s-1);
endmodule
module actuators
    a : [0..2] init 2;
    [] a>0 -> a/5184000 : (a'=a-1);
endmodule
module main
    m : [0..1] init 1;
    [] m=1 -> 1/31536000 : (m'=0);
endmodule
{processors}module bus
    n : [0..most+1];
    [] n<=most & i=2 & o=2 -> 1/60 : (n'=0);
    [] n<=most & !(i=2 & o=2) -> 1/60 : (n'=n+1);
endmodule
formula down = s<2 | a<1 | m=0 | n=most+1;
"""
    processor = """\
  {p}:
    vars: {{ok: bool = True}}
    run: |
      while True:
          either:
              dies:
                  ok = False
              break
          or:
              fault: ok = False
              either:
                  reboot: ok = True
              or:
                  dies_too: pass
                  break
"""
    spec = spec_of(
        "embedded",
        f"""\
  sensor:
    count: 3
    run: |
      fails:
          sensors -= 1
          if sensors == 1 and why == none: why = sensor_failed
  actuator:
    count: 2
    run: |
      fails:
          actuators -= 1
          if actuators == 0 and why == none: why = actuator_failed
  mainboard:
    run: |
      fails: if why == none: why = main_failed
{processor.format(p="inputs")}{processor.format(p="outputs")}  bus:
    vars: {{n: 0..{missed + 1} = 0}}
    run: |
      while n <= {missed}:
          cycle:
              n = 0 if inputs.ok and outputs.ok else n + 1
              if n > {missed} and why == none: why = sides_failed
""",
        {
            "sensor.fails": "exp 259200ms", "actuator.fails": "exp 518400ms",
            "mainboard.fails": "exp 3153600ms", "bus.cycle": "exp 6ms",
            **{
                f"{p}.{step}": time
                for p in ("inputs", "outputs")
                for step, time in (
                    ("dies", "exp 3153600ms"), ("dies_too", "exp 3153600ms"),
                    ("fault", "exp 8640ms"), ("reboot", "exp 3ms"),
                )
            },
        },
        {each: f"why == {each}_failed" for each in ("sensor", "actuator", "main", "sides")},
        "types:\n  Why: enum(none, sensor_failed, actuator_failed, main_failed, sides_failed)\n"
        "vars:\n  sensors: 0..3 = 3\n  actuators: 0..2 = 2\n  why: Why = none\n",
    )  # fmt: skip
    return Pair(
        f"embedded-{missed}", prism, spec,
        {
            "sensor": "P=? [!down U s<2]", "actuator": "P=? [!down U a<1]",
            "main": "P=? [!down U m=0]", "sides": "P=? [!down U n=most+1]",
        },
    )  # fmt: skip


def retransmission(chunks: int, most: int) -> Pair:
    """After D'Argenio, Jeannet, Jensen, Larsen, Reachability analysis of probabilistic systems by
    successive refinements, 2001: a bounded retransmission protocol sends a file in chunks over
    channels that lose frames (2 %) and acknowledgements (1 %), each at most so many times again."""
    prism = f"""\
dtmc
const int N = {chunks};
const int MAX = {most};
module sender
    // 0: sends a frame, 1: it came, 2: lost, 3: has told
    s : [0..3] init 0;
    i : [1..N] init 1;
    n : [0..MAX] init 0;
    got : bool init false;
    told : [0..3] init 0;
    [] s=0 -> 98/100 : (s'=1) & (got'=true) + 2/100 : (s'=2);
    [] s=1 & i<N -> 99/100 : (s'=0) & (i'=i+1) & (n'=0) + 1/100 : (s'=2);
    [] s=1 & i=N -> 99/100 : (s'=3) & (told'=3) + 1/100 : (s'=2);
    [] s=2 & n<MAX -> 1 : (s'=0) & (n'=n+1);
    [] s=2 & n=MAX & i<N -> 1 : (s'=3) & (told'=1);
    [] s=2 & n=MAX & i=N -> 1 : (s'=3) & (told'=2);
    [] s=3 -> 1 : true;
endmodule
"""
    spec = spec_of(
        "retransmission",
        f"""\
  sender:
    vars: {{i: 1..{chunks} = 1, n: 0..{most} = 0, came: bool, got: bool, told: 0..3 = 0}}
    run: |
      while told == 0:
          either:
              frame:
                  came = True
                  got = True
          or:
              frame_lost: came = False
          if came:
              either:
                  acknowledged:
                      n = 0
                      if i < {chunks}: i += 1
                      else: told = 3
              or:
                  acknowledgement_lost: came = False
          if not came:
              again:
                  if n < {most}: n += 1
                  else: told = 2 if i == {chunks} else 1
""",
        {
            "sender.frame": "98%", "sender.frame_lost": "2%",
            "sender.acknowledged": "99%", "sender.acknowledgement_lost": "1%",
        },
        {
            "fails": "sender.told == 1", "unsure": "sender.told == 2", "sent": "sender.told == 3",
            "nothing": "sender.told == 1 and not sender.got",
        },
    )  # fmt: skip
    return Pair(
        f"retransmission-{chunks}-{most}", prism, spec,
        {
            "fails": "P=? [F told=1]", "unsure": "P=? [F told=2]", "sent": "P=? [F told=3]",
            "nothing": "P=? [F told=1 & !got]",
        },
    )  # fmt: skip


def crowds(size: int, rounds: int) -> Pair:
    """After Shmatikov, Probabilistic model checking of an anonymity system, 2004: in a crowd, how
    likely a corrupt member sees the one who asks more than once, and another one."""
    forwards = " + ".join(f"91/100*4/5*1/{size} : (at'={k})" for k in range(size))
    prism = f"""\
dtmc
module crowd
    at : [0..{size - 1}] init 0;
    left : [0..{rounds}] init {rounds};
    seen : [0..{rounds}] init 0;
    [] left>0 -> {forwards} + 91/100*1/5 : (left'=left-1) & (at'=0)
        + 9/100 : (seen'=min({rounds}, seen+(at=0?1:0))) & (left'=left-1) & (at'=0);
    [] left=0 -> 1 : true;
endmodule
"""
    spec = spec_of(
        "crowds",
        f"""\
  crowd:
    vars: {{place: 0..{size - 1} = 0, left: 0..{rounds} = {rounds}, seen: 0..{rounds} = 0}}
    run: |
      while left > 0:
          either:
              corrupt:
                  if place == 0: seen += 1
                  left -= 1
                  place = 0
          or:
              honest: pass
              either:
                  forward: place = choose(range(0, {size}))
              or:
                  deliver:
                      left -= 1
                      place = 0
""",
        {
            "crowd.corrupt": "9%", "crowd.honest": "91%",
            "crowd.forward": "80%", "crowd.deliver": "20%",
        },
        {"twice": "crowd.seen >= 2", "always_seen": f"crowd.seen == {rounds}"},
    )  # fmt: skip
    return Pair(
        f"crowds-{size}-{rounds}", prism, spec,
        {"twice": "P=? [F seen>=2]", "always_seen": f"P=? [F seen={rounds}]"},
    )  # fmt: skip


def cluster(machines: int, needed: int) -> Pair:
    """After Haverkort, Hermanns, Katoen, On the use of model checking techniques for dependability
    evaluation, 2000: workstations that fail, one repair unit, and a switch without a spare; whether
    the switch fails before too few workstations are up."""
    prism = f"""\
ctmc
module cluster
    up : [0..{machines}] init {machines};
    switch : bool init true;
    [] up>0 -> up/500 : (up'=up-1);
    [] up<{machines} -> 2 : (up'=up+1);
    [] switch -> 1/4000 : (switch'=false);
endmodule
formula poor = up<{needed};
"""
    spec = spec_of(
        "cluster",
        f"""\
  workstation:
    count: {machines}
    run: |
      while True:
          fails:
              broken.append(self)
              if {machines} - len(broken) < {needed} and ended == no: ended = poor
          is_up: await self not in broken
  repair:
    run: |
      while True:
          called: await len(broken) > 0
          mends: broken = broken[1:]
  switch:
    run: |
      fails: if ended == no: ended = switch_failed
""",
        {"workstation.fails": "exp 500s", "repair.mends": "exp 500ms", "switch.fails": "exp 4000s"},
        {"poor": "ended == poor", "cut": "ended == switch_failed"},
        f"types:\n  How: enum(no, poor, switch_failed)\nvars:\n  ended: How = no\n"
        f"  broken: list[0..{machines - 1}]\n",
    )
    return Pair(
        f"cluster-{machines}-{needed}", prism, spec,
        {"poor": "P=? [switch U poor]", "cut": "P=? [!poor U !switch]"},
    )  # fmt: skip
