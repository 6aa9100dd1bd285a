"""A time to live begins anew where it is set: what becomes of keys that somebody renews."""

from __future__ import annotations

import random
from collections import Counter
from math import exp, sqrt

import pytest
from fuzz.repair import load_text
from likelihood.judge import Judge
from likelihood.plain_runs import counted
from likelihood.random_graphs import random_graph
from likelihood.timed_specs import said, space_of
from model_check.language.tree.timing import Distribution, Exponential, Fixed, Normal, Uniform
from model_check.likelihood import clocks, markov, regions
from model_check.likelihood.graph_of import timed_graph
from model_check.likelihood.runs.runner import Runner, Tables
from model_check.likelihood.simulation import simulate
from model_check.likelihood.timed_graph import TimedGraph
from model_check.results.shares import share_interval

RUNS = 40_000
LEVEL = 0.9999
JUDGED = 300
FAR = 4.5
"""Deviations that a share is off by chance in one of 150,000 cases."""

WORKER = """\
model: lease
types: {{Turn: 1..3}}
vars: {{lost: bool}}
resources:
  lock: {{kind: 'redis.string[bool]', expires: 1}}
processes:
  worker:
    vars: {{there: int}}
    run: |
      take: lock.set(True, ex=30)
      for turn in Turn:
          renew: there = lock.expire(30)
          look: lost = lost or there == 0
properties:
  lost_never:
    never: lost
timing:
  worker.renew: {work}
  lock.expires: {expiry}
"""


def computed(graph: TimedGraph) -> float | None:
    """The share of runs that break the only property that is not of all specs, as it is computed;
    None where it cannot be."""
    name = next(iter(graph.flags.masks))
    if markov.is_markov(graph):
        return markov.solve(graph).broken[name][0]
    return regions.solve(graph).broken[name][0] if regions.is_regional(graph) else None


def simulated(graph: TimedGraph) -> tuple[float, float]:
    """The interval of that share, as it is simulated."""
    name = next(iter(graph.flags.masks))
    found = simulate(Tables(graph), most=RUNS, seed=1)
    assert found.counts is not None
    _, low, high = share_interval(found.counts[name], found.runs, LEVEL)
    return low, high


@pytest.mark.parametrize(
    ("work", "expiry", "share"),
    [
        ("10s", "30s", 0.0),  # renewed in time, each time
        ("40s", "30s", 1.0),
        ("30s", "30s", 1 - 0.5**3),  # both come at one moment: either is as likely the first
        ("20..40s", "30s", 1 - 0.5**3),
        ("30s", "20..40s", 1 - 0.5**3),
        ("10..30s", "20..40s", 1 - (1 - 1 / 8) ** 3),
        ("exp 20s", "exp 30s", 1 - 0.6**3),
        ("exp 20s", "30s", 1 - (1 - exp(-30 / 20)) ** 3),
        ("30s", "exp 30s", 1 - exp(-1) ** 3),
        ("exp 20s", "20..40s", 1 - (1 - (exp(-1) - exp(-2))) ** 3),
    ],
)
def test_a_lease_that_is_renewed_is_lost_as_often_as_by_hand(
    work: str, expiry: str, share: float
) -> None:
    graph = said(WORKER.format(work=work, expiry=expiry))
    found = computed(graph)
    assert ("exp" in work) != ("exp" in expiry) or found is not None
    assert found is None or found == pytest.approx(share, abs=1e-12)
    low, high = simulated(graph)
    assert low <= share <= high


def test_plain_python_takes_the_same_runs() -> None:
    graph = said(WORKER.format(work="exp 20s", expiry="normal 30s 5s"))
    counts = []
    for native in (True, False):
        runner = Runner(Tables(graph, native=native), 7)
        assert runner.take(range(300), lambda: False)
        counts.append((list(runner.counts), runner.steps))
    assert counts[0] == counts[1]
    assert min(counts[0][0][:2]) < 300


HEARTBEAT = """\
model: heartbeat
resources:
  lock: {{kind: 'redis.string[bool]', expires: 1}}
processes:
  worker:
    vars: {{taken: bool}}
    run: |
      take: lock.set(True, ex=30)
      while True:
          note: taken = True
          renew: lock.expire(30)
properties:
  runs_out:
    eventually: worker.taken and lock.value is None
timing:
  worker.renew: {work}
  lock.expires: 30s
"""


@pytest.mark.parametrize(("work", "share"), [("10s", 1.0), ("40s", 0.0), ("normal 40s 1s", 0.0)])
def test_a_lease_that_is_renewed_for_ever_need_not_run_out(work: str, share: float) -> None:
    graph = said(HEARTBEAT.format(work=work))
    found = computed(graph)
    assert found in (None, share)
    low, high = simulated(graph)
    assert low <= share <= high


COMMANDS = """\
model: commands
resources:
  lock: {{kind: 'redis.string[0..1]', expires: 1}}
  other: {{kind: 'redis.string[0..1]', expires: 1}}
processes:
  worker:
    run: |
      take:
          with atomic:
              one: lock.set(1, ex=30)
              two: other.set(1, ex=30)
      command: {command}
      look: pass
properties:
  kept:
    finally: lock.value is not None
timing:
  worker.command: 20s
  worker.look: 20s
  lock.expires: 30s
"""


@pytest.mark.parametrize(
    "command",
    [
        "lock.expire(30)", "lock.expire(20)", "lock.pexpire(30000)", "lock.set(0, ex=30)",
        "lock.set(1, ex=30)", "lock.set(1, px=500)", "lock.set(1, xx=True, ex=30)",
        "seen = lock.set(1, get=True, ex=30)", "seen = lock.set(0, xx=True, get=True, ex=30)",
        "lock.setex(30, 1)", "lock.psetex(30000, 1)", "seen = lock.getex(ex=30)",
        "seen = lock.getex(px=30)", "lock.persist()", "lock.set(1)", "seen = lock.getset(1)",
        "seen = lock.getex(persist=True)",
    ],
)  # fmt: skip
def test_what_sets_the_time_to_live_keeps_the_key(command: str) -> None:
    assert computed(said(COMMANDS.format(command=command))) == 0


@pytest.mark.parametrize(
    "command",
    [
        "pass", "seen = lock.get()", "seen = lock.getex()", "seen = lock.ttl()", "lock.incrby(-1)",
        "lock.set(1, keepttl=True)", "lock.set(0, xx=True, keepttl=True)",
        "seen = lock.set(1, nx=True, ex=30)", "seen = lock.set(1, nx=True, get=True, ex=30)",
        "other.expire(30)", "other.set(0, ex=30)", "lock.delete()", "lock.expire(0)",
        "lock.expire(-1)",
    ],
)  # fmt: skip
def test_what_does_not_set_it_leaves_the_key_to_its_end(command: str) -> None:
    assert computed(said(COMMANDS.format(command=command))) == 1


def test_each_key_of_a_resource_has_a_time_of_its_own() -> None:
    text = COMMANDS.format(command="lock[1].expire(30)")
    text = text.replace("expires: 1}", "expires: 2, count: 2}", 1)
    text = text.replace("lock.set", "lock[1].set")
    text = text.replace("two: other.set(1, ex=30)", "two: lock[0].set(1, ex=30)")
    for number, share in ((0, 1), (1, 0)):
        asked = text.replace("lock.value", f"lock[{number}].value")
        assert computed(said(asked)) == share


@pytest.mark.parametrize("kind", ["list", "set", "hash", "sortedset", "stream"])
def test_a_push_keeps_the_time_to_live_of_any_kind_of_key(kind: str) -> None:
    types = {"hash": "0..1, 0..1", "sortedset": "0..1", "stream": "0..1"}.get(kind, "0..1")
    put = {
        "list": "k.rpush(1)", "set": "k.sadd(1)", "hash": "k.hset(0, 1)",
        "sortedset": "k.zadd(1, 1)", "stream": "k.xadd(1)",
    }[kind]  # fmt: skip
    for command, share in (("k.expire(30)", 0), (put, 1)):
        text = f"""\
model: kinds
resources:
  k: {{kind: 'redis.{kind}[{types}]', expires: 1}}
processes:
  worker:
    vars: {{there: int}}
    run: |
      put: {put}
      first: k.expire(30)
      command: {command}
      look: there = k.exists()
properties:
  kept:
    finally: worker.there == 1
timing: {{worker.command: 20s, worker.look: 20s, k.expires: 30s}}
"""
        assert computed(said(text)) == share


def test_a_step_that_leads_to_one_state_in_several_ways_renews_in_some() -> None:
    text = COMMANDS.format(
        command="\n          way = choose([0, 1, 2, 3])\n          if way == 2: lock.expire(30)"
    )
    graph = said(text)
    assert computed(graph) == 0.75
    low, high = simulated(graph)
    assert low <= 0.75 <= high


def test_what_was_sent_renews_where_it_arrives() -> None:
    text = COMMANDS.format(command="lock.expire(30, wait=False)")
    # Sent after 20 s, it comes 5 s later, or too late.
    for late, share in (("5s", 0), ("15s", 1)):
        assert computed(said(f"{text}  worker.command_arrives: {late}\n")) == share


def test_a_command_that_meets_a_broken_connection_renews_nothing() -> None:
    text = COMMANDS.format(command="lock.expire(30)")
    text = text.replace("expires: 1}", "expires: 1, disconnects: 1}", 1)
    text = text.replace("      command: lock.expire(30)\n", """\
      try:
          command: lock.expire(30)
      except disconnected:
          alas: pass
""")  # fmt: skip
    for broken, share in (("30s", 0), ("10s", 1)):
        assert computed(said(f"{text}  lock.disconnects[worker]: {broken}\n")) == share


def test_a_transaction_that_fails_renews_nothing() -> None:
    text = COMMANDS.format(command="pass").replace("      command: pass\n", """\
      see: lock.watch()
      try:
          command: with atomic(watch=[lock]):
              again: lock.expire(30)
      except changed:
          alas: pass
""")  # fmt: skip
    beside = "processes:\n  beside:\n    run: |\n      touch: lock.set(1, keepttl=True)"
    text = text.replace("processes:", beside)
    for touched, share in (("25s", 0), ("10s", 1)):
        assert computed(said(f"{text}  beside.touch: {touched}\n")) == share


# --- judged ----------------------------------------------------------------------------------

OPERATIONS = (
    "k.set(1, ex=3)", "k.set(0, ex=3)", "k.set(1)", "k.set(1, keepttl=True)",
    "k.set(0, nx=True, ex=3)", "k.set(1, xx=True, ex=3)", "k.set(1, xx=True, keepttl=True)",
    "k.expire(3)", "k.pexpire(3000)",
    "k.expire(0)", "k.persist()", "k.delete()", "seen = k.get()", "seen = k.getex(ex=3)",
    "seen = k.getex()", "k.setex(3, 1)", "seen = k.set(1, get=True, ex=3)", "seen = k.getdel()",
    "seen = k.set(1, nx=True, get=True, ex=3)", "seen = k.set(1, xx=True, get=True, px=3000)",
)  # fmt: skip


def random_leases(seed: int) -> str:
    """Two processes that do as they like with two keys."""
    source = random.Random(f"leases {seed}")
    lines = ["model: leases", "types: {Step: 0..5}", "vars: {gone: 'set[Step]'}", "resources:"]
    lines += [f"  {key}: {{kind: 'redis.string[0..1]', expires: 1}}" for key in "kl"]
    lines += ["processes:"]
    timing = [f"  {key}.expires: {source.choice(['3ms', '2..4ms', '1..3ms'])}" for key in "kl"]
    for process in "ab":
        lines += [f"  {process}:", "    vars: {there: int}", "    run: |"]
        for step in range(3):
            lines.append(f"      s{step}:")
            lines.append("          with atomic:")
            for part in range(source.choice([1, 1, 2])):
                operation = source.choice(OPERATIONS)
                if source.random() < 0.5:
                    operation = operation.replace("k.", "l.")
                lines.append(f"              p{step}{part}: {operation}")
            key, number = source.choice("kl"), step + 3 * (process == "b")
            lines.append(f"      look{step}: there = {key}.exists()")
            lines.append(f"      note{step}: gone = gone | ({{{number}}} if there == 0 else set())")
            for label in (f"s{step}", f"look{step}"):
                timing.append(f"  {process}.{label}: {source.choice(['1ms', '2ms', '0..2ms'])}")
    lines += ["properties:"]
    lines += [f"  there{number}: {{finally: '{number} not in gone'}}" for number in range(6)]
    return "\n".join([*lines, "timing:", *timing]) + "\n"


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(10, 100, 10))]
)
def test_keys_are_gone_as_often_as_the_definition_says(first: int) -> None:
    renewing = uncertain = 0
    for seed in range(first, first + 10):
        spec = load_text(random_leases(seed))
        space = space_of(spec)
        times, begins = clocks.clocks_of(space.machine, spec.timing)
        graph = timed_graph(space, times, begins, spec.properties[:6], [])
        judge = Judge(space, times, begins, seed)
        seen: Counter[str] = Counter()
        for _ in range(JUDGED):
            seen.update(judge.broken(spec.properties[:6]))
        found = simulate(Tables(graph), most=RUNS, seed=seed)
        assert found.counts is not None
        renewing += graph.renewals is not None
        for name, count in found.counts.items():
            both = (count + seen[name]) / (RUNS + JUDGED)
            spread = sqrt(both * (1 - both) * (1 / RUNS + 1 / JUDGED))
            uncertain += spread > 0
            assert abs(count / RUNS - seen[name] / JUDGED) <= FAR * spread, (seed, name)
    assert renewing > 5
    assert uncertain > 10


def drawn(source: random.Random) -> Distribution:
    low = source.randint(0, 10)
    return source.choice([Fixed(low), Uniform(low, low + 5), Exponential(low + 1), Normal(low, 3)])


@pytest.mark.parametrize("seed", range(40))
def test_simulated_runs_restart_what_plain_runs_restart(seed: int) -> None:
    graph = random_graph(2000 + seed, drawn)
    runs = counted(graph, 2_000, seed)
    ends = Counter[int]()
    for (node, _), count in runs.items():
        ends[node] += count
    found = simulate(Tables(graph), most=20_000, seed=seed).endings["end"]
    for node in {*ends, *found}:
        share = found[node][0] if node in found else 0.0
        both = (ends[node] + share * 20_000) / 22_000
        spread = sqrt(both * (1 - both) * (1 / 20_000 + 1 / 2_000))
        assert abs(ends[node] / 2_000 - share) <= FAR * spread + 1e-9
