"""Small random specs of processes that race, and what the order floor says of them, twice.

What a reason claims is compared with every single run, the point of no return with a fixed
point over the whole graph, z3's answers about random sets of orderings with the search's, and
its verdicts for runs of a bounded number of steps with the search's verdicts.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator

from model_check.explore.limits import Limits
from model_check.explore.space import Space
from model_check.language import SpecError
from model_check.language.tree import Spec
from model_check.machine.shapes import decode
from model_check.order.answer import Answer
from model_check.order.bounded import second_opinion
from model_check.order.claim import Claim
from model_check.order.covering import BadRuns
from model_check.order.keeping import GoodRuns
from model_check.order.patience import FOREVER
from model_check.order.reason import Explainer
from model_check.order.runs import Moves, Occurrence, Pair, RunGraph
from model_check.verify.checking import check_spec
from model_check.verify.no_return import point_of_no_return
from model_check.verify.outcome import Ordering, PropertyResult, Reason, event_name
from model_check.verify.verdicts import Judgement

from .compare import SkippedError

__all__ = ["WANTED", "disagreements", "random_race"]

WANTED = "wanted"
"""The property that a random spec has beside the built-in ones."""
MOST_STATES = 400
MOST_RUNS = 2000
MOST_EVENTS = 12
"""Of all instances together, in a run about which z3 is asked."""
MOST_SLOTS = 30
"""Steps of a run times instances, where z3 judges a verdict."""
ASKED = 1
"""Random sets of orderings about which z3 is asked, of a property."""
PATIENCE = 3.0
"""Seconds for one question to z3."""
ANSWERS = {True: Answer.YES, False: Answer.NO}

ACTS = (
    "x = 1", "x = x + 1 if x < 3 else x", "x = y", "y = x", "y = 2", "m = x", "m = 2",
    "m = choose({0, 1, 2})", "q.put(1)", "q.put(m)", "m = q.get()", "h.rpush(1)", "h.rpush(m)",
    "k = h.lrange(0, -1)", "m = h.blpop()", "c.publish(1)", "c.publish(2)", "c.subscribe()",
    "m = c.get_message()", "s.set(1)", "o = s.get()", "await x > 0", "await len(k) > 0",
    "k = []", "x = k[0]", "k.append(m)",
)  # fmt: skip
FORMULAS = (
    "x == 1", "m == 1", "len(k) != 1", "y != 2", "x == y", "p[0].m == 0", "q0.m == x",
    "p[0].m != 1 or x != 1", "len(p[0].k) == len(set(p[0].k))", "p[0].k == sorted(p[0].k)",
    "at(q0, a0)", "done(q0)", "not (q0.m == 1 and y == 2)", "p[0].o is None",
)  # fmt: skip


def random_race(seed: int) -> str:
    """The text of a random spec; the same seed gives the same text."""
    draw = random.Random(seed)
    lines = ["model: race", "types: {N: 0..3}", "vars: {x: N, y: N}", "resources:"]
    lines += ["  q: {kind: 'queue[N]'}", "  h: {kind: 'redis.list[N]'}"]
    lines += ["  c: {kind: 'redis.pubsub[N]'}", "  s: {kind: 'redis.string[N]'}", "processes:"]
    instances = (("p", draw.choice((1, 2))), ("q0", 0), ("r0", 0))
    for name, count in instances[: draw.choice((2, 2, 3))]:
        lines += [f"  {name}:", *([f"    count: {count}"] if count else [])]
        lines += ["    vars: {m: N, k: 'list[N]', o: N?}", "    run: |"]
        rows = _program(draw, "a", 0)
        if draw.random() < 0.25:
            rows += ["while True:", f"    again: {draw.choice(ACTS)}"]
        lines += [f"      {row}" for row in rows]
    kind = draw.choice(("always", "never", "finally", "finally"))
    lines += ["properties:", f'  {WANTED}: {{{kind}: "{draw.choice(FORMULAS)}"}}']
    return "\n".join(lines) + "\n"


def _program(draw: random.Random, name: str, depth: int) -> list[str]:
    rows: list[str] = []
    for number in range(draw.choice((1, 1, 2, 2, 3)) if depth == 0 else 1):
        label = f"{name}{number}"
        form = draw.random() if depth == 0 else 1.0
        if form < 0.10:
            rows += [f"for i{number} in range(2):", *_inside(_program(draw, f"{label}_", 1))]
        elif form < 0.20:
            rows += ["either:", *_inside(_program(draw, f"{label}_", 1))]
            rows += ["or:", *_inside(_program(draw, f"{label}__", 1))]
        elif form < 0.27:
            rows += [f"{label}: if x > 0:", *_inside(_program(draw, f"{label}_", 1))]
        elif form < 0.34:
            joined = [f"{label}_{i}: {draw.choice(ACTS)}" for i in range(2)]
            rows += ["with atomic:", *_inside(joined)]
        else:
            rows.append(f"{label}: {draw.choice(ACTS)}")
    return rows


def _inside(rows: list[str]) -> list[str]:
    return [f"    {row}" for row in rows]


def disagreements(
    spec: Spec, counts: Counter[str] | None = None, names: Collection[str] = ()
) -> list[str]:
    """What does not fit together.

    counts: is told what was compared. names: the properties looked at; none means all. Raises
    SkippedError where the spec is too large.
    """
    try:
        space, judgement = check_spec(spec, Limits(max_states=MOST_STATES))
    except SpecError as error:
        raise SkippedError(str(error)) from error
    if space.stopped:
        raise SkippedError(space.stopped)
    counts = Counter() if counts is None else counts
    moves = Moves(space, FOREVER)
    explainer = Explainer(space, judgement)
    found: list[str] = []
    for result in judgement.results:
        if names and result.name not in names:
            continue
        found += _bounded(space, judgement, result, counts)
        claim = Claim(space.program, result.kind, result.name, explainer.movers)
        found += _orderings(space, moves, result, claim, counts)
        if result.trace is not None:
            reason = explainer.explain(result, timeout=2 * PATIENCE)
            found += _reason(space, _graph(moves, claim), result, reason, counts)
            found += _no_return(space, judgement, result, claim, counts)
    return found


# --- z3 against the search ----------------------------------------------------------------------


def _bounded(
    space: Space, judgement: Judgement, result: PropertyResult, counts: Counter[str]
) -> list[str]:
    if space.depth * len(space.machine.instances) > MOST_SLOTS:
        return []
    opinion = second_opinion(space, judgement, result, timeout=PATIENCE)
    counts[f"bounded {opinion.answer}"] += 1
    wrong = opinion.answer == "disagrees"
    return [f"bounded: {result.name} is {result.verdict}, in {opinion.steps} steps"] * wrong


def _orderings(
    space: Space, moves: Moves, result: PropertyResult, claim: Claim, counts: Counter[str]
) -> list[str]:
    whole = RunGraph.of_space(moves, lambda _: False)
    if not whole.is_acyclic():
        return []
    bounds = whole.longest(len(space.machine.instances))
    graph = _graph(moves, claim)
    events = [Occurrence(label, number) for label in sorted(graph.labels) for number in (1, 2)]
    pairs = [(a, b) for a in events for b in events if a.label.instance != b.label.instance]
    if sum(bounds) > MOST_EVENTS or not pairs:
        return []
    draw = random.Random(len(space.states))
    initial = space.states[: space.initial]
    good, bad = GoodRuns(graph, FOREVER), BadRuns(graph, FOREVER)
    found = []

    def some(most: int) -> list[Pair]:
        return draw.sample(pairs, min(len(pairs), draw.randint(0, most)))

    for _ in range(ASKED):
        chosen = some(3)
        forces = good.find(chosen) is None
        answer = claim.is_forced(initial, bounds, chosen, None, FOREVER)
        counts[f"forced {answer.value}"] += 1
        if answer is ANSWERS[not forces]:
            found.append(f"forced: {result.name} by {chosen}: z3 {answer.value}, search {forces}")
        sets = [some(2) or pairs[:1] for _ in range(draw.randint(1, 3))]
        covers = bad.find(sets) is None
        answer = claim.is_covered(initial, bounds, sets, FOREVER)
        counts[f"covered {answer.value}"] += 1
        # On the way to a state that violates, less has happened than in the whole run.
        exact = claim.kind in ("finally", "no_deadlock")
        if answer is ANSWERS[not covers] and (exact or covers):
            found.append(f"covered: {result.name} by {sets}: z3 {answer.value}, search {covers}")
    return found


def _graph(moves: Moves, claim: Claim) -> RunGraph:
    if claim.kind == "no_error":
        return RunGraph.until_error(moves, claim.violates)
    if claim.kind in ("finally", "no_deadlock"):
        return RunGraph.of_space(moves, claim.violates)
    return RunGraph.until(moves, claim.violates)


# --- a reason against every run -----------------------------------------------------------------


def _reason(
    space: Space, graph: RunGraph, result: PropertyResult, reason: Reason, counts: Counter[str]
) -> list[str]:
    if "disagree" in reason.note:
        return [f"reason: {result.name}: {reason.note}"]
    runs = _all_runs(space, graph)
    if runs is None or not reason.proved_by or reason.scope != "complete runs":
        return []
    counts["reasons"] += 1
    first = reason.orderings
    found = []
    if any(not violates and _keeps(first, run) for run, violates in runs):
        found.append(f"reason: {result.name} is not forced by it")
    for each in first:
        rest = [other for other in first if other is not each]
        if not any(not violates and _keeps(rest, run) for run, violates in runs):
            found.append(f"reason: {result.name} needs no {each}")
    if reason.complete_by:
        counts["complete"] += 1
        for run, violates in runs:
            if violates != any(_keeps(race.orderings, run) for race in reason.races):
                found.append(f"races: {result.name} is told wrong for {run}")
                break
    return found


def _all_runs(space: Space, graph: RunGraph) -> list[tuple[list[str], bool]] | None:
    """Every run by the names of its events, and whether it violates; None if there are too
    many, or endless ones. One that an error ends is no complete run."""
    if not graph.is_acyclic():
        return None
    found: list[tuple[list[str], bool]] = []
    stack: list[tuple[int, list[int]]] = [(number, []) for number in graph.initial]
    while stack:
        number, labels = stack.pop()
        if number in graph.bad or number in graph.good:
            found.append((list(_names(space, graph, labels)), number in graph.bad))
            if len(found) > MOST_RUNS:
                return None
        else:
            stack += [(target, [*labels, label]) for target, label in graph.successors[number]]
    return found


def _names(space: Space, graph: RunGraph, labels: list[int]) -> Iterator[str]:
    machine = space.machine
    happened: Counter[int] = Counter()
    for number in labels:
        happened[number] += 1
        label = graph.labels[number]
        step = machine.steps[label.step]
        values = tuple(
            decode(machine.variables[index].shape, raw)
            for index, raw in zip(step.indices, label.indices, strict=True)
        )
        owner = machine.instances[step.instance].name
        yield event_name(owner, step.label, values, happened[number])


def _keeps(orderings: list[Ordering] | tuple[Ordering, ...], run: list[str]) -> bool:
    return all(
        next((name == each.first for name in run if name in (each.first, each.second)), False)
        for each in orderings
    )


# --- the point of no return against a fixed point -----------------------------------------------


def _no_return(
    space: Space, judgement: Judgement, result: PropertyResult, claim: Claim, counts: Counter[str]
) -> list[str]:
    counts["points of no return"] += 1
    told = point_of_no_return(space, judgement, result).step
    escapes = _escapes(space, claim)
    path = judgement.paths[result.name]
    assert result.trace is not None
    last = len(result.trace.steps)
    right = next((i for i, number in enumerate(path) if not escapes[number]), last)
    return [] if told == right else [f"no return: {result.name} at {right}, not {told}"]


def _escapes(space: Space, claim: Claim) -> list[bool]:
    """Of each state whether some run goes on from there without violating: those of which
    every way on was lost are taken away until nothing changes."""
    targets: list[list[int]] = []
    fails: list[bool] = []
    for state in space.states:
        out: list[int] = []
        for successors in space.program.successors:
            successors(state, out)
        targets.append([space.index[each] for each in out if each >= 0])
        fails.append(any(each < 0 for each in out))
    wrong_on_the_way, wrong_at_end = _wrong(space, claim)
    escapes = [not wrong for wrong in wrong_on_the_way]
    lost = [0]
    while lost:
        lost = [
            number
            for number, ways in enumerate(targets)
            if escapes[number]
            and not (fails[number] and claim.kind != "no_error")
            and not any(escapes[each] for each in ways)
            and (ways or fails[number] or wrong_at_end[number])
        ]
        for number in lost:
            escapes[number] = False
    return escapes


def _wrong(space: Space, claim: Claim) -> tuple[list[bool], list[bool]]:
    nothing = [False] * len(space.states)
    if claim.kind == "no_error":
        formulas = [each for each in space.machine.spec.properties if each.formula is not None]
        undefined = [
            [any(space.program.properties[f.name](s) < 0 for f in formulas
                 if (f.kind == "finally") == at_end) for s in space.states]
            for at_end in (False, True)
        ]  # fmt: skip
        return undefined[0], undefined[1]
    violates = [claim.violates(state) for state in space.states]
    if claim.kind in ("always", "never"):
        return violates, nothing
    return nothing, violates
