"""Which lists a step uses as a queue: what is looked at, taken and added, and what is not known."""

from __future__ import annotations

from functools import cache

import pytest
from fuzz.repair import load_text
from model_check.machine.core import Machine
from model_check.machine.make import make_program
from model_check.machine.roomy import RoomyLayout
from model_check.symbolic.growing import Growing
from model_check.symbolic.move_texts import MoveText
from model_check.symbolic.queues import list_uses
from symbolic.accord_judge import moves_of

STEPS = {
    "l.append(2)": {"l": (0, 1, 0)},
    "l.extend([1, 2])": {"l": (0, 2, 0)},
    "l.extend(m)": {"l": (0, 1, 0), "m": (0, 0, 0)},
    "l = m": {"l": (0, 0, 0), "m": (0, 0, 0)},
    "l.clear()": {"l": (0, 0, 0)},
    "l = l[1:]": {"l": (1, 0, 1)},
    "l = l[1:] + [3]": {"l": (1, 1, 1)},
    "m = l[1:]": {"l": (0, 0, 1), "m": (0, 0, 0)},
    "b = l[0] == 2": {"l": (0, 0, 1)},
    "await len(l) < 2": {"l": (0, 0, 2)},
    "b = len(l) == 3": {"l": (0, 0, 4)},
    "b = len(l) > x": {"l": (0, 0, 16)},
    "if b: l.append(3)": {"l": (0, 1, 0)},
    "if b: l = l[1:]": {"l": None},  # on one way only
    "b = len(l) < len(m)": {"l": None, "m": None},
    "b = len(l) + len(m) > 3": {"l": None, "m": None},
    "x = len(l)": {"l": None},
    "x = 0 if len(l) + 1 > 6 else 1": {"l": None},  # not a question of room
    "b = l == m": {"l": None, "m": None},
    "b = 3 in l": {"l": None},
    "x = l[-1]": {"l": None},
    "l = [1] + l": {"l": None},
    "big.append(3)": {"big": None},
    "n += 1": {"n": None},
    "b = True": {},
}


@cache
def steps() -> tuple[Machine, dict[str, MoveText]]:
    lines = [f"      s{number}: {text}" for number, text in enumerate(STEPS)]
    text = "\n".join(
        [
            "model: lists",
            "vars: {l: 'list[0..3]', m: 'list[0..3]', big: 'list[int]', x: 0..9, n: int, b: bool}",
            "processes:",
            "  p:",
            "    run: |",
            *lines,
            "",
        ]
    )
    machine = make_program(load_text(text), RoomyLayout()).machine
    (own,) = moves_of(machine)
    return machine, {machine.steps[move.step].label: move for move in own.values()}


@pytest.mark.parametrize(("number", "text"), list(enumerate(STEPS)), ids=list(STEPS))
def test_what_a_step_does_with_lists_is_known(number: int, text: str) -> None:
    machine, moves = steps()
    uses = list_uses(machine, Growing(machine), moves[f"s{number}"].bodies).of
    told = {
        machine.variables[variable].name: use and (use.takes, use.adds, use.asks)
        for variable, use in uses.items()
    }
    assert told == STEPS[text]
