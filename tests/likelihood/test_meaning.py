"""What times mean in a run: small specs of which the share is known."""

from __future__ import annotations

from math import erf, exp, sqrt

import pytest
from likelihood.timed_specs import said
from model_check.likelihood.runs.runner import Tables
from model_check.likelihood.simulation import simulate
from model_check.results.shares import share_interval

RUNS = 60_000
LEVEL = 0.9999
"""How surely a share lies in its interval here: of a hundred tests one is wrong by chance."""

RACE = """\
model: race
vars: {{first: 0..2}}
processes:
  a:
    run: |
      go: first = 1 if first == 0 else first
  b:
    run: |
      go: first = 2 if first == 0 else first
properties:
  b_first:
    finally: first != 2
timing:
{times}
"""
WAITS = """\
model: waits
vars: {{open: bool, won: 0..2}}
processes:
  a:
    run: |
      go:
          await open
          won = 1 if won == 0 else won
  b:
    run: |
      late: won = 2 if won == 0 else won
  opener:
    run: |
      opens: open = True
properties:
  b_first:
    finally: won != 2
timing:
{times}
"""
CHOICE = """\
model: choice
vars: {{chosen: 0..3}}
processes:
  one:
    run: |
      either:
          a: chosen = 1
      or:
          b: chosen = 2
      or:
          c: chosen = 3
properties:
  is_b:
    finally: chosen != 2
timing:
{times}
"""
TURNS = """\
model: turns
vars: {{number: 0..3, seen: 0..3}}
processes:
  ticker:
    run: |
      for turn in range(3):
          tick: number = number + 1
          rest: pass
  watcher:
    run: |
      look: seen = number
properties:
  two:
    finally: seen != 2
timing:
{times}
"""
BRANCHES = """\
model: branches
vars: {{first: 0..2}}
processes:
  p:
    run: |
      begin: pass
      both:
          a: first = 1 if first == 0 else first
      and:
          b: first = 2 if first == 0 else first
properties:
  b_first:
    finally: first != 2
timing:
{times}
"""
FLICKER = """\
model: flicker
vars: {{on: bool, caught: bool}}
processes:
  lamp:
    run: |
      for turn in range(3):
          light: on = True
          dark: on = False
  hand:
    run: |
      catch:
          await on
          caught = True
properties:
  missed:
    finally: caught
timing:
{times}
"""
CRASH = """\
model: crash
vars: {{ready: bool}}
processes:
  p:
    crashes: 1
    restarts: false
    run: |
      a: pass
      b: pass
      c: ready = True
properties:
  comes:
    finally: ready
timing:
{times}
"""


def normal_below(limit: float, mean: float, deviation: float) -> float:
    """How likely a normal time that is cut at 0 is below a limit."""

    def below(number: float) -> float:
        return (1 + erf((number - mean) / deviation / sqrt(2))) / 2

    return (below(limit) - below(0)) / (1 - below(0))


CASES = {
    "exponential": (RACE, "a.go: exp 30ms, b.go: exp 10ms", 3 / 4),
    "exponential against fixed": (RACE, "a.go: exp 10ms, b.go: 7ms", exp(-0.7)),
    "uniform": (RACE, "a.go: 3ms, b.go: 0..10ms", 0.3),
    "uniform from a time on": (RACE, "a.go: 3ms, b.go: 2..10ms", 1 / 8),
    "normal": (RACE, "a.go: 11ms, b.go: normal 10ms 2ms", normal_below(11, 10, 2)),
    "normal, cut": (RACE, "a.go: 3ms, b.go: normal 1ms 2ms", normal_below(3, 1, 2)),
    "normal, from 0 on": (RACE, "a.go: 1ms, b.go: normal 0ms 1ms", normal_below(1, 0, 1)),
    "the same time": (RACE, "a.go: 3ms, b.go: 3ms", 1 / 2),
    "no time": (RACE, "a.go: 1us", 1.0),
    "nothing said": (RACE, "a: 0ms", 1 / 2),
    "a beginning": (RACE, "a.go: 3ms, b: 0..10ms", 0.3),
    "two uniform parts": (RACE, "a.go: 10ms, b: 0..10ms, b.go: 0..10ms", 1 / 2),
    "a clock that is over waits": (WAITS, "a.go: 5ms, b.late: 0..20ms, opener.opens: 10ms", 1 / 2),
    "a clock goes on while it waits": (
        WAITS, "a.go: 15ms, b.late: 0..20ms, opener.opens: 10ms", 3 / 4,
    ),
    "alike": (CHOICE, "one.a: 0ms", 1 / 3),
    "a chance": (CHOICE, "one.b: 2%", 0.02),
    "two chances": (CHOICE, "one.a: 60%, one.b: 30%", 0.3),
    "what is left": (CHOICE, "one.a: 60%", 0.2),
    "times before chances": (CHOICE, "one.a: 1ms, one.b: 30%, one.c: 70%", 0.3),
    "a chance of what is due": (CHOICE, 'one.a: "1ms, 60%", one.b: 30%', 0.75),
    "after the step before": (
        TURNS, "ticker.tick: 10ms, ticker.rest: 5ms, watcher.look: 0..50ms", 15 / 50,
    ),
    "every": (TURNS, "ticker.tick: every 10ms, ticker.rest: 4ms, watcher.look: 0..50ms", 10 / 50),
    "every, but not before it can": (
        TURNS, "ticker.tick: every 10ms, ticker.rest: 14ms, watcher.look: 0..50ms", 14 / 50,
    ),
    "every exponential time": (
        TURNS, "ticker.tick: every exp 10ms, watcher.look: exp 10ms", 1 / 4,
    ),
    "branches begin": (BRANCHES, "p.begin: 20ms, p.a: 10ms, p.b: 5..25ms", 1 / 4),
    "what goes wrong waits for no step": (
        CRASH, "p.a: 4ms, p.b: 4ms, p.c: 4ms, p.crashes: 0..24ms", 1 / 2,
    ),
    "over while it was dark": (
        FLICKER, "lamp.light: 10ms, lamp.dark: 10ms, hand.catch: 0..100ms", 40 / 100,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_share_is_the_one_that_is_computed_by_hand(name: str) -> None:
    text, times, share = CASES[name]
    lines = "\n".join(f"  {each.strip()}" for each in _entries(times))
    graph = said(text.format(times=lines))
    found = simulate(Tables(graph), most=RUNS, seed=7)
    (asked,) = (each for each in graph.flags.masks if not each.startswith("no_"))
    assert found.counts is not None
    _, low, high = share_interval(found.counts[asked], RUNS, LEVEL)
    assert low <= share <= high


def _entries(times: str) -> list[str]:
    """The entries of a line; a comma in quotes parts nothing."""
    found = [""]
    quoted = False
    for each in times:
        quoted ^= each == '"'
        if each == "," and not quoted:
            found.append("")
        else:
            found[-1] += each
    return found
