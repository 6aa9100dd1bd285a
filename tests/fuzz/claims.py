"""What a command claims, and whether a command that was not interrupted supports it.

In: what two runs of the same command printed in wide lines, one whole, one interrupted. Out: the
sentences of the second that claim something which the first does not say, or does not imply. It
reads words alone: nothing of the tool is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["CLAIM", "claims_of", "unsupported"]

CLAIM = re.compile(
    r"^[✓✗]|\bno others?\b|only reason|for certain|whenever|exactly|whatever order|no repair|"
    r"nothing to repair|these are all|the only|rests on|rest on|smallest|minimal|[Nn]o set|"
    r"no other set|"
    r"explored completely|exploring completely|point of no return|certain from|never certain|"
    r"in every|holds? because|or else because|needs that|fits no|every run|no run|no deadlock|"
    r"states? violates?|also hold|all of them looked at|in no other|agrees|nobody reads|"
    r"^exit code [01]|repair \d+,|there is no|is never true|can no longer|nobody can"
)
COUNTED = re.compile(r"\b[\d.,]+ (s|ms)\b|\([\d,]+ states/s\)|\(proved by [^)]*\)|-{2,}")
SO_FAR = re.compile(
    r"so far|maybe in others|for other reasons|\?|undetermined|not known|that was explored|"
    r"[Mm]ay be violated"
)
"""Sentences that say themselves that they do not say all."""
PLAINER = "may be said more plainly"
REASON = re.compile(
    r"is violated (exactly|whenever)|there (is no other|are no others)|only reason|Without a fault"
)
"""Reasons that say the same in other words once the search for plainer ones was interrupted ..."""
OPEN = ("violated for other reasons too", "maybe in others")
ONE_REASON = re.compile(r"is violated whenever|Without a fault")
"""... and the first that was found, which the list of all may say better: it is
`python -m tests.fuzz --races` that judges both, word for word."""
WITHOUT = "without faults"
HEADS = ("model", "property", WITHOUT)
STATES = re.compile(r" [\d,]+\+? ?$")
BUILT_IN = re.compile(r"^✓ (no_deadlock|no_error) holds")
EXIT = re.compile(r"^exit code 1")


def claims_of(printed: str) -> list[str]:
    """The lines that claim something, without times, provers, and what separates columns."""
    lines = (" ".join(COUNTED.sub("", line).split()) for line in printed.splitlines())
    return [line for line in lines if CLAIM.search(line) and not SO_FAR.search(line)]


def unsupported(whole: str, part: str) -> list[str]:
    """The claims of an interrupted run that its whole one does not support."""
    known = {STATES.sub("", each) for each in claims_of(whole)}
    words = " ".join(part.split())
    otherwise = (
        REASON if PLAINER in words else ONE_REASON if any(o in words for o in OPEN) else None
    )
    found = [
        each
        for each in claims_of(part)
        if not (otherwise and otherwise.search(each))
        and STATES.sub("", each) not in known
        and not any(weaker(each, known, whole) for weaker in WEAKER)
    ]
    without = _without_faults(whole)
    return [
        *found,
        *(
            f"{model} {name}: {verdict} without faults"
            for (model, name), verdict in _without_faults(part).items()
            if verdict in ("holds", "violated") and without.get((model, name)) != verdict
        ),
    ]


def _without_faults(printed: str) -> dict[tuple[str, str], str]:
    """What the table of a folder says of each property without faults, be the verdict with them
    known or not."""
    found: dict[tuple[str, str], str] = {}
    begins: list[int] = []
    model = ""
    for line in printed.splitlines():
        if all(head in line for head in HEADS):
            begins = [line.index(head) for head in HEADS]
        elif not line.strip():
            begins = []
        elif begins:
            names, properties, verdicts = (line[at:].partition("  ")[0].strip() for at in begins)
            model = names or model
            found[model, properties] = verdicts
    return found


def _also_hold(claim: str, known: set[str], whole: str) -> bool:
    """A list of what holds, each of which does in the whole run too."""
    found = re.fullmatch(r"also hold: (.*)", claim)
    return bool(found) and all(_holds(name, whole) for name in re.split(", | and ", found[1]))


def _holds(name: str, whole: str) -> bool:
    mine = rf"✓ {re.escape(name)} +holds|also hold: .*\b{re.escape(name)}\b"
    return bool(re.search(mine, whole))


def _row(claim: str, known: set[str], whole: str) -> bool:
    """A row of a property that holds, which the whole run tells in a list, or with more rows."""
    found = re.match(r"✓ (\S+) holds", claim)
    return bool(found) and (_holds(found[1], whole) or bool(BUILT_IN.match(claim)))


def _one_reason(claim: str, known: set[str], whole: str) -> bool:
    """A reason that is one of several, or the only one, of which nobody knows so yet."""
    found = re.fullmatch(r"(\S+) is violated whenever (.*?)(, in .*)?", claim)
    if not found:
        return False
    name, facts = found[1], found[2].rstrip()
    exact = f"{name} is violated exactly when {facts}"
    return exact in known or f"{name} is violated whenever {facts}" in known


def _only_reason(claim: str, known: set[str], whole: str) -> bool:
    """That there is no other reason, where the whole run says it in one sentence."""
    if claim == "there is no other":
        return any(" is violated exactly when " in each for each in known)
    found = re.fullmatch(r"This is the only reason: (?:in these runs )?(\S+) is .* then", claim)
    return bool(found) and any(f"{found[1]} is violated exactly" in each for each in known)


def _no_smaller(claim: str, known: set[str], whole: str) -> bool:
    """That no set below a weight is a repair, where the smallest weighs as much, or there is
    none."""
    found = re.match(r"No set (?:of fewer than|that weighs less than) (\d+)", claim)
    if not found:
        return False
    if re.search(r"^no repair among", whole, re.MULTILINE):
        return True
    smallest = re.search(r"no set (?:of fewer than|that weighs less than) (\d+)", whole)
    if smallest is None:  # it is not said of a repair of one change
        return int(found[1]) <= 1 and re.search(r"(?:smallest|minimal) repair", whole) is not None
    return int(found[1]) <= int(smallest[1])


def _repair(claim: str, known: set[str], whole: str) -> bool:
    """A heading of a repair, which has another number where fewer are known."""
    found = re.fullmatch(r"repair \d+, (.*):", claim)
    return bool(found) and bool(re.search(rf"repair \d+, {re.escape(found[1])}:", whole))


def _needs(claim: str, known: set[str], whole: str) -> bool:
    """Some of what a property is known to need."""
    found = re.match(r"(\S+) (?:needs that|holds because) (.*)", claim)
    if not found or "needs that" not in claim:
        return False
    mine = next((each for each in known if each.startswith(f"{found[1]} holds because ")), "")
    return all(fact in mine for fact in found[2].split(", and "))


def _every_program(claim: str, known: set[str], whole: str) -> bool:
    """What holds in every program, told of fewer properties."""
    found = re.match(r"(.*) holds? in every program", claim)
    line = next((each for each in known if "in every program" in each), "")
    return bool(found) and all(
        re.search(rf"\b{re.escape(name)}\b", line) for name in re.split(", | and ", found[1])
    )


def _violated(claim: str, known: set[str], whole: str) -> bool:
    """That the command ends as one does that found something: it is so as soon as one is known."""
    return bool(EXIT.match(claim)) and any(map(EXIT.match, known))


WEAKER: tuple[Callable[[str, set[str], str], bool], ...] = (
    _also_hold, _row, _one_reason, _only_reason, _no_smaller, _repair, _needs, _every_program,
    _violated,
)  # fmt: skip
"""Each says whether a claim follows from what the whole run says, in another word."""
