"""What is looked for on walks, as LLVM text: which events are seen in a state, or at a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ....machine.core import Formula, Machine
from ...walks.sought import Events
from ..formulas import formula_text
from ..state_words import StateWriter, loaded_words

__all__ = ["watching_text"]

FORMULA = "i64 %state, i64 %before"


def watching_text(machine: Machine, events: Events) -> str:
    """`@watch_state`, `@watch_step`, `@watch_rest`, `@outside` and `@is_at_rest`: see `words`.
    Raises UncompilableError where a formula cannot be compiled."""
    formulas = machine.formulas
    parts: list[str] = []
    for kind, name, asked in (
        ("state", "watch_state", formulas.properties),
        ("step", "watch_step", formulas.of_steps),
        ("end", "watch_rest", formulas.properties),
    ):
        parts += _watch(machine, events, (kind, name), asked)
    return "\n\n".join([*parts, *_outside(machine), _at_rest(machine)])


def _watch(
    machine: Machine,
    events: Events,
    names: tuple[str, str],
    formulas: Mapping[str, Formula],
) -> Iterator[str]:
    """`@name(state, before)`: the events at such a place, as bits; `names`: the place, and that."""
    kind, name = names
    lines = []
    bits = "0"
    for place, each in events.at(kind):
        asked = f"{name}_{place}"
        yield formula_text(machine, formulas[each.name], asked)
        lines += [
            f"  %v{place} = call i64 @{asked}({FORMULA})",
            f"  %e{place} = icmp eq i64 %v{place}, {each.wanted}",
            f"  %n{place} = icmp slt i64 %v{place}, 0",
            f"  %s{place} = select i1 %n{place}, i64 {1 << events.none(place)}, i64 0",
            f"  %t{place} = select i1 %e{place}, i64 {1 << place}, i64 %s{place}",
            f"  %b{place} = or i64 {bits}, %t{place}",
        ]
        bits = f"%b{place}"
    yield _function(name, FORMULA, [*lines, f"  ret i64 {bits}"])


def _outside(machine: Machine) -> Iterator[str]:
    """`@outside(state)`."""
    lines = []
    found = "0"
    for place, each in enumerate(machine.formulas.within):
        yield formula_text(machine, each, f"within_{place}")
        lines += [
            f"  %v{place} = call i64 @within_{place}(i64 %state, i64 0)",
            f"  %e{place} = icmp eq i64 %v{place}, 0",
            f"  %x{place} = zext i1 %e{place} to i64",
            f"  %o{place} = or i64 {found}, %x{place}",
        ]
        found = f"%o{place}"
    yield _function("outside", "i64 %state", [*lines, f"  ret i64 {found}"])


def _at_rest(machine: Machine) -> str:
    """`@is_at_rest(state)`."""
    reader = StateWriter(machine, {})
    lines = ["  %state = inttoptr i64 %state.address to ptr", *loaded_words(machine)]
    for instance in machine.instances:
        place = reader.field(instance.location_field).text
        lines += reader.lines
        reader.lines.clear()
        good = f"i{instance.index}"
        cases = " ".join(
            f"i64 {number}, label %{good}"
            for number, each in enumerate(instance.locations)
            if each.ended or each.rests
        )
        lines += [f"  switch i64 {place}, label %no [{cases}]", f"{good}:"]
    lines += ["  ret i64 1", "no:", "  ret i64 0"]
    return _function("is_at_rest", "i64 %state.address", lines)


def _function(name: str, parameters: str, lines: list[str]) -> str:
    body = "\n".join(["entry:", *lines])
    return f"define internal i64 @{name}({parameters}) {{\n{body}\n}}"
