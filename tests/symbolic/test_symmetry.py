"""Instances are alike where a permutation of their names shows nothing, and only there.

The judge knows nothing of fields and bits: it permutes decoded values, by what each spec here says
of its own variables, and tries all permutations.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from fuzz.repair import load_text
from model_check.explore.native.canonical import canonical_text
from model_check.explore.native.compiled import QUICK, THOROUGH, Code
from model_check.explore.native.memory import Memory
from model_check.explore.native.state_words import words_of
from model_check.explore.reduction import Symmetry
from model_check.explore.unfolding import real_run
from model_check.language import load
from model_check.machine.core import Machine
from model_check.machine.make import make_program
from model_check.machine.python.program import Program
from model_check.machine.shapes import Layout, value_of
from model_check.machine.symmetry import packed, renaming, sorts
from model_check.symbolic.alike import alike_instances
from model_check.symbolic.answer import Answer
from model_check.symbolic.automorphisms import Automorphisms
from model_check.symbolic.symmetry import symmetry_of

ROOT = Path(__file__).parents[2]

LOCKS = """
model: locks
constants: {COUNT: 3}
types: {Id: 0..COUNT - 1}
vars:
  holder: Id?
  waiting: list[Id]
  seen: "dict[Id, set[Id]]"
processes:
  client:
    count: COUNT
    vars: {last: Id?, times: 0..1}
    run: |
      queue: waiting.append(self)
      take:
          await holder is None and waiting[0] == self
          holder = self
          waiting = waiting[1:]
      look:
          other = choose(Id)
          last = other
          seen[self].add(other)
      free:
          holder = None
          if last == self:
              times += 1
properties:
  one: {always: "count(at(c, look) for c in client) <= 1"}
  kept: {finally: "holder is None"}
"""
KINDS = """
model: kinds
constants: {COUNT: 2}
types:
  Id: 0..COUNT - 1
  Letter: {who: Id, last: bool}
resources:
  room: {kind: "redis.pubsub[Letter]"}
  members: {kind: "redis.set[Id]"}
  box: {kind: "redis.list[Letter]", count: COUNT}
processes:
  member:
    count: COUNT
    vars: {first: Id?}
    run: |
      join: members.sadd(self)
      listen: room.subscribe()
      say: room.publish(dict(who=self, last=False))
      hear: first = room.get_message().who
      give: box[first].rpush(dict(who=self, last=True))
  reader:
    count: COUNT
    run: |
      take: box[self].lpop()
properties:
  few: {always: len(members.members) <= COUNT}
"""
HELD: dict[str, tuple[str, tuple[str, ...], frozenset[str]]] = {
    "locks": (LOCKS, ("client",), frozenset(["holder", "waiting", "seen", "last", "other"])),
    "kinds": (
        KINDS, ("member", "reader", "box"), frozenset(["who", "members", "first", "got"]),
    ),
}  # fmt: skip
"""Specs, with the words that stand before a number, and the variables and fields that hold some."""


def program_of(text: str, **constants: str) -> Program:
    spec = load_text(text)
    layout = Layout()
    while True:
        program = make_program(spec, layout)
        failure = next(_failing(program), None)
        if failure is None:
            return program
        layout = layout.for_failure(program.machine.failures[failure - 1])


def _failing(program: Program) -> Iterator[int]:
    return (-each for each in reached(program, keep=True) if each < 0)


def successors(program: Program, state: int) -> list[int]:
    out: list[int] = []
    for each in (*program.successors, *program.faults):
        each(state, out)
    return out


def reached(
    program: Program,
    canonical: Callable[[int], int] = lambda state: state,
    *,
    keep: bool = False,
) -> dict[int, int]:
    """The states that are reached, each with its depth; `keep`: failures too."""
    initial: list[int] = []
    program.initial(initial)
    depths = {canonical(state): 0 for state in initial}
    todo = list(depths)
    for state in todo:
        for target in successors(program, state):
            if target >= 0:
                target = canonical(target)
            elif not keep:
                continue
            if target not in depths:
                depths[target] = depths[state] + 1
                if target >= 0:
                    todo.append(target)
    return depths


# --- a judge -----------------------------------------------------------------------------------


class Judge:
    """Permutes the decoded values of a machine's states."""

    def __init__(self, machine: Machine, words: Sequence[str], held: frozenset[str]) -> None:
        self.machine = machine
        self.names = re.compile(rf"\b({'|'.join(words)})\[(\d+)\]")
        self.held = held

    def told(self, state: int) -> dict[str, Any]:
        """All variables with their values."""
        return {each.name: value_of(self.machine, each, state) for each in self.machine.variables}

    def orbit(self, state: int, numbers: Sequence[int]) -> frozenset[str]:
        """What is told of a state, under all permutations of some numbers."""
        told = self.told(state)
        found = set()
        for permuted in itertools.permutations(numbers):
            to = dict(zip(numbers, permuted, strict=True))
            moved = {
                self.name(name, to): self.value(value, to, self.holds(name))
                for name, value in told.items()
            }
            found.add(repr(sorted(moved.items())))
        return frozenset(found)

    def holds(self, name: str) -> bool:
        """Whether a variable holds numbers: by the last word of its name."""
        return bool(self.held & set(re.findall(r"\w+", name)))

    def name(self, name: str, to: Mapping[int, int]) -> str:
        name = self.names.sub(lambda m: f"{m[1]}[{to.get(int(m[2]), m[2])}]", name)
        if name.partition("[")[0] in self.held:  # a dict by number
            name = re.sub(r"^(\w+)\[(\d+)\]", lambda m: f"{m[1]}[{to.get(int(m[2]), m[2])}]", name)
        return name

    def value(self, value: Any, to: Mapping[int, int], numbers: bool) -> Any:
        match value:
            case bool():
                return value
            case int():
                return to.get(value, value) if numbers else value
            case str():
                return self.name(value, to)
            case list() | tuple():
                return [self.value(each, to, numbers) for each in value]
            case frozenset():
                return sorted((self.value(each, to, numbers) for each in value), key=repr)
            case dict():
                moved = {
                    str(self.value(key, to, numbers)): self.value(
                        each, to, numbers or self.holds(str(key))
                    )
                    for key, each in value.items()
                }
                return sorted(moved.items(), key=repr)
        return value


def quotient(program: Program, symmetry: Symmetry, judge: Judge) -> list[str]:
    """What is wrong with the states that stand for others, in words."""
    numbers = symmetry.groups[0][1]
    wrong = []
    orbits = {}
    states = reached(program)
    for state in states:
        chosen = symmetry.canonical(state)
        orbits[state] = judge.orbit(state, numbers)
        if judge.orbit(chosen, numbers) != orbits[state]:
            wrong.append("another state stands for one")
    for state in states:
        chosen = symmetry.canonical(state)
        mine, theirs = (
            {orbits.get(each) for each in successors(program, one)} for one in (state, chosen)
        )
        if mine != theirs:
            wrong.append("what stands for a state goes on otherwise")
        for name, formula in program.formulas.properties.items():
            if formula.answer(state) != formula.answer(chosen):
                wrong.append(f"{name} is otherwise")
    ends = {depth: set[object]() for depth in states.values()}
    for state, depth in states.items():
        ends[depth].add(orbits[state])
    left = {depth: set[object]() for depth in states.values()}
    for state, depth in reached(program, symmetry.canonical).items():
        left[depth].add(orbits.get(state))
    if ends != left:
        wrong.append("not the same depths")
    return sorted(set(wrong))


def judged(which: str) -> tuple[Program, Judge]:
    text, words, held = HELD[which]
    program = program_of(text)
    return program, Judge(program.machine, words, held)


def symmetric(program: Program) -> Symmetry:
    found = symmetry_of(program)
    assert isinstance(found, Symmetry), found
    return found


@pytest.mark.parametrize("which", HELD)
def test_what_stands_for_a_state_is_the_state_under_other_names(which: str) -> None:
    program, judge = judged(which)
    symmetry = symmetric(program)
    assert quotient(program, symmetry, judge) == []
    orbits = {judge.orbit(state, symmetry.groups[0][1]) for state in reached(program)}
    assert len(reached(program, symmetry.canonical)) == len(orbits)


# --- known answers -------------------------------------------------------------------------------


def test_of_two_phase_commit_all_managers_are_alike_but_the_one_that_is_named() -> None:
    # Each state of one of 3 kinds is told by how many managers are in each of 6, 4 or 2 states,
    # and by the state of manager 0, whose number the messages of all name.
    program = make_program(
        load(ROOT / "tests" / "specs" / "two-phase-commit.yaml", {"RMS": "5"}), Layout()
    )
    symmetry = symmetric(program)
    assert symmetry.groups == ((("resource_manager",), (1, 2, 3, 4)),)
    assert len(reached(program, symmetry.canonical)) == 6 * 126 + 4 * 35 + 2 * 5
    assert len(reached(program)) == 6**5 + 4**5 + 2**5


def test_gateways_are_alike_with_their_clients_and_pages() -> None:
    spec = load(ROOT / "tests" / "benchmarks" / "pubsub.yaml", {"CHUNKS": "1", "GATEWAYS": "2"})
    symmetry = symmetric(make_program(spec, Layout()))
    assert symmetry.groups == ((("gateway", "client"), (0, 1)),)


COUNTING = """
model: counting
types: {{Id: 0..2}}
vars: {{who: "Id{optional}", x: 0..9, ids: "list[Id]", flags: "dict[Id, bool]", at_once: "set[Id]"}}
processes:
  worker:
    count: 3
    vars: {{mine: 0..3}}
    run: |
      act: {act}
      rest: flags[self] = not flags[self]
  other:
    run: |
      {other}
properties:
  asked: {{always: "{asked}"}}
"""


def counting(act: str = "pass", other: str = "idle: pass", asked: str = "x < 10") -> str:
    text = COUNTING.format(act=act, other=other, asked=asked, optional="?")
    found = symmetry_of(program_of(text))
    return found if isinstance(found, str) else str(found.groups)


ALL = "((('worker',), (0, 1, 2)),)"


@pytest.mark.parametrize(
    ("act", "other", "asked"),
    [
        ("who = self", "idle: pass", "who is None or flags[who] or x < 9"),
        ("ids.append(self)", "idle: pass", "len(ids) == len(set(ids))"),
        ("at_once.add(self)", "idle: x = len(at_once)", "count(at(w, act) for w in worker) < 4"),
        ("who = choose(Id)", "idle: x = count(flags[w] for w in Id)", "x < 10"),
        ("mine = 1", "clear: flags = {w: False for w in Id}", "sum(w.mine for w in worker) < 4"),
        ("mine = 1", "all:\n          for w in Id:\n              flags[w] = True", "x < 10"),
    ],
)
def test_what_only_compares_numbers_leaves_all_alike(act: str, other: str, asked: str) -> None:
    assert counting(act, other, asked) == ALL


@pytest.mark.parametrize(
    ("act", "other", "asked", "why"),
    [
        ("x = self + 1", "idle: pass", "x < 10", "a number of worker is added to a number"),
        ("x = 1 if self < 1 else 0", "idle: pass", "x < 10", "is compared with a number by order"),
        ("at_once.add(self)", "idle: who = min(at_once | {2})", "x < 10", "is put in order"),
        ("ids.append(self)", "idle: ids = sorted(ids)", "x < 10", "is put in order"),
        ("mine = [1, 2, 3][self]", "idle: pass", "x < 10", "is used as a place in a list"),
        ("pass", "for w in Id: go: flags[w] = True", "x < 10", "is gone through in order"),
        ("pass", "for w in range(3): go: flags[w] = True", "x < 10", "is gone through in order"),
    ],
)
def test_what_counts_with_numbers_says_where(act: str, other: str, asked: str, why: str) -> None:
    other = other.replace(": go:", ":\n          go:")
    found = counting(act, other, asked)
    assert why in found
    assert re.search(r"random\.yaml:\d+:\d+\)", found)


@pytest.mark.parametrize(
    ("act", "other", "asked"),
    [
        ("who = 0", "idle: await who is not None and flags[who]", "x < 10"),
        ("pass", "idle: pass", "not flags[0]"),
        ("mine = 1", "idle: pass", "worker[0].mine < 4"),
        ("mine = 1 if self == 0 else 2", "idle: pass", "x < 10"),
    ],
)
def test_who_is_named_stands_apart(act: str, other: str, asked: str) -> None:
    assert counting(act, other, asked) == "((('worker',), (1, 2)),)"


def test_who_is_there_at_first_stands_apart() -> None:
    text = COUNTING.format(act="who = self", other="idle: pass", asked="x < 10", optional="")
    assert symmetric(program_of(text)).groups == ((("worker",), (1, 2)),)


# --- planted mistakes ----------------------------------------------------------------------------


def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everything count as proved."""
    monkeypatch.setattr(Automorphisms, "keeps", lambda *_: Answer.YES)
    monkeypatch.setattr(Automorphisms, "keeps_value", lambda *_: Answer.YES)


def set_as_it_was(self: object, shape: object, into: object, tree: object, bits: Any) -> Any:
    return bits


def keys_as_they_were(self: object, shape: Any, into: object, tree: object) -> list[int]:
    return list(range(len(shape.parts)))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        ("_set", set_as_it_was),
        ("_scalar", set_as_it_was),
        ("_order", keys_as_they_were),
    ],
)
def test_a_change_that_leaves_something_out_is_not_proved_and_would_be_seen(
    place: str, wrong: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    program, judge = judged("locks")
    # The entries of a dict that is shown are variables of their own.
    if place == "_order":
        monkeypatch.setattr(
            renaming.Renaming,
            "name",
            lambda self, name: renaming.text_of(
                tuple(each if isinstance(each, renaming.Key) else self.text(each) for each in name)
            ),
        )
    monkeypatch.setattr(packed.Bits, place, wrong)
    assert isinstance(symmetry_of(program), str)
    trusting(monkeypatch)
    assert quotient(program, symmetric(program), judge) != []


@pytest.mark.parametrize(
    ("act", "other"),
    [
        ("x = self + 1", "idle: pass"),
        ("x = 1 if self < 1 else 0", "idle: pass"),
        ("at_once.add(self)", "idle: who = min(at_once | {2})"),
        ("pass", "for w in Id:\n          go: flags[w] = True"),
        ("ids.append(self)", "idle: ids = sorted(ids)"),
    ],
)
def test_what_the_sorts_let_through_is_refused_by_the_proof(
    act: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorts.Sorts, "mark", lambda *_: None)
    text = COUNTING.format(act=act, other=other, asked="x < 10", optional="?")
    program = program_of(text)
    found = symmetry_of(program)
    assert isinstance(found, str) or found.groups[0][1] != (0, 1, 2)
    trusting(monkeypatch)
    words, held = ("worker",), frozenset(["who", "ids", "at_once", "flags", "w"])
    assert quotient(program, symmetric(program), Judge(program.machine, words, held)) != []


def test_nothing_is_proved_without_time() -> None:
    from model_check.budget.deadline import Deadline

    found = symmetry_of(program_of(LOCKS), Deadline.of_work(0.0))
    assert isinstance(found, str)
    assert "too long" in found


# --- engines, and runs ---------------------------------------------------------------------------

ALL_OF_THEM = """
define i64 @all(i64 %states, i64 %count) {
entry:
  br label %head
head:
  %i = phi i64 [0, %entry], [%n, %head]
  %offset = mul i64 %i, SIZE
  %state = add i64 %states, %offset
  %done = call i64 @canonical(i64 %state)
  %n = add i64 %i, 1
  %more = icmp slt i64 %n, %count
  br i1 %more, label %head, label %end
end:
  ret i64 0
}
"""


@pytest.mark.parametrize("effort", [QUICK, THOROUGH])
@pytest.mark.parametrize("which", HELD)
def test_native_code_chooses_the_same_states(which: str, effort: Any) -> None:
    program, _ = judged(which)
    symmetry, states = symmetric(program), list(reached(program))
    size = 8 * words_of(program.machine)
    text = canonical_text(program.machine, symmetry)
    code = Code(effort, text + ALL_OF_THEM.replace("SIZE", str(size)))
    given = Memory(size * len(states))
    for number, state in enumerate(states):
        given.map[number * size : (number + 1) * size] = state.to_bytes(size, "little")
    code.function("all", 2)(given.address, len(states))
    found = [
        int.from_bytes(given.map[i : i + size], "little")
        for i in range(0, size * len(states), size)
    ]
    given.close()
    assert found == [symmetry.canonical(state) for state in states]


def test_a_run_of_states_that_stand_for_others_is_a_run_that_happens() -> None:
    program, _ = judged("locks")
    symmetry = symmetric(program)
    before: dict[int, int] = {}
    initial: list[int] = []
    program.initial(initial)
    todo = [symmetry.canonical(each) for each in initial]
    first = set(todo)
    for state in todo:
        for target in map(symmetry.canonical, successors(program, state)):
            if target not in before and target not in first:
                before[target] = state
                todo.append(target)
    path = [todo[-1]]
    while path[-1] in before:
        path.append(before[path[-1]])
    run = real_run(program, symmetry, path[::-1])
    assert run[0] in initial
    assert all(b in successors(program, a) for a, b in itertools.pairwise(run))
    assert [*map(symmetry.canonical, run)] == path[::-1]


def test_what_is_forgotten_where_it_does_not_matter_is_about_nobody() -> None:
    program = make_program(load_text(LOCKS), Layout(), forget=True)
    assert program.forgetting is not None
    symmetry = symmetric(program)
    assert all(
        symmetry.canonical(symmetry.canonical(state)) == symmetry.canonical(state)
        for state in reached(program)
    )
    places, found, _ = alike_instances(program, ())
    assert places.forgotten
    assert found[0].numbers == (0, 1, 2)


PICKING = """
model: picking
types: {Id: 0..2}
vars: {flag: "dict[Id, bool]"}
processes:
  worker:
    count: 3
    vars: {other: Id}
    run: |
      pick: other = choose(Id)
      mark:
          await not flag[other]
          flag[other] = True
      rest: flag[self] = False
"""


def test_bits_that_hold_no_number_tell_nobody_apart() -> None:
    # Three numbers take two bits. Who points at number 0 at first, stands apart where that counts.
    forgetting = make_program(load_text(PICKING), Layout(), forget=True)
    assert symmetric(forgetting).groups == ((("worker",), (0, 1, 2)),)
    assert symmetric(program_of(PICKING)).groups == ((("worker",), (1, 2)),)
