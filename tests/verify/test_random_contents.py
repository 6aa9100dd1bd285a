"""What random specs hold for their clients, seen by the tool and by an interpreter.

Properties ask for it in all ways that there are; numbers of states, verdicts and shortest traces
must be those of the interpreter, and compiled code must see the same.
"""

from __future__ import annotations

import random

from fuzz.compare import SkippedError, differences, native_differences
from fuzz.repair import load_text, repaired
from fuzz.specs import random_spec
from model_check.language import Spec
from model_check.language.types import DictType, ListType, OptionType, SetType, Type

SEEDS = range(8)


def _held(kind: Type, text: str, rng: random.Random) -> str:
    """A truth about something that is held for a client, or `text` is in."""
    match kind:
        case ListType():
            return f"len({text}) {rng.choice(['<', '==', '>'])} {rng.randint(0, 2)}"
        case OptionType():
            return f"{text} is None"
    return f"{text} == {text}"


def _asked(spec: Spec, rng: random.Random) -> list[str]:
    """Formulas about all that is held for clients."""
    found = []
    for resource in spec.resources:
        for number, state in enumerate(resource.state):
            shown = resource.name if resource.count is None else f"{resource.name}[{number}]"
            for each in state:
                who = list(resource.clients[number].members)
                place = f"{shown}.{each.name}"
                match each.type:
                    case SetType() if who:
                        found.append(f"{rng.choice(who)} in {place}")
                        found.append(f"{place} <= {{{', '.join(rng.sample(who, 1))}}}")
                    case DictType(value=value) if each.type.key == resource.clients[number]:
                        found += [_held(value, f"{place}[{name}]", rng) for name in who]
                        one = _held(value, f"{place}[c]", rng)
                        found.append(f"{rng.choice(['all', 'any'])}({one} for c in {place})")
                        found += _of_instances(spec, who, value, place, rng)
    return found


def _of_instances(
    spec: Spec, who: list[str], value: Type, place: str, rng: random.Random
) -> list[str]:
    """The same of whoever is meant by an index, if all instances of a process are clients."""
    found = []
    for process in spec.processes:
        if all(process.instance_name(i) in who for i in range(process.count)):
            one = _held(value, f"{place}[w]", rng)
            found.append(f"count({one} for w in {process.name}) == 1")
            if not process.single:
                one = _held(value, f"{place}[{process.name}[i]]", rng)
                found.append(f"any({one} and i == {rng.randrange(process.count)} "
                             f"for i in range({process.count}))")  # fmt: skip
    return found


def test_what_is_held_for_clients_is_seen_alike() -> None:
    asked = 0
    for seed in SEEDS:
        text = repaired(random_spec(seed))
        if text is None or "resources:" not in text:
            continue
        rng = random.Random(seed)
        formulas = _asked(load_text(text), rng)
        if not formulas:
            continue
        for number, formula in enumerate(rng.sample(formulas, min(5, len(formulas)))):
            form = rng.choice(["always", "never", "finally"])
            text += f'  asked{number}: {{{form}: "{formula}"}}\n'
        spec = load_text(text)
        try:
            assert (seed, differences(spec)) == (seed, [])
            assert (seed, native_differences(spec)) == (seed, [])
        except SkippedError:
            continue
        asked += min(5, len(formulas))
    assert asked > 8
