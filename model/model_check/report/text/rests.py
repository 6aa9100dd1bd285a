"""What `model-check rests-on` prints."""

from __future__ import annotations

from collections.abc import Sequence

from ...results.repair import Fact, Need, Rest, Rests
from ...verify.show import printable
from ..words.columns import NARROWEST, counted, together, wrap
from .advice import ending, listed, shown_by, timeline, title
from .faults import render_faults
from .style import Style

__all__ = ["render_rests"]


def render_rests(
    found: Rests,
    width: int = 100,
    color: bool = False,
    unicode: bool = True,
    whole: bool = False,
) -> str:
    """The whole report of what properties rest on, otherwise as `render_repairs`."""
    width, style = max(width, NARROWEST), Style(color, unicode, whole)
    needs = [(rest, need) for rest in found.rests for need in rest.needs]
    sections = [
        [title(found.spec, found.path, width, style)],
        render_faults(found.faults, width, style),
        _statements(found, width, style),
        *(_need(rest, need, width, style) for rest, need in needs),
        _rests_summary(found, width, style),
    ]
    return style.finish("\n\n".join("\n".join(s) for s in sections if s))


def _no_other(found: Rests) -> str:
    kinds = {fact.kind for fact in found.facts}
    more = [
        text
        for kind, text in (
            ("acknowledged", "no other acknowledgement"),
            ("kept", "nothing else that is kept over a crash"),
        )
        if kind in kinds
    ]
    if not more:
        return "no other order of steps within their blocks matters"
    return f"no other order of steps within their blocks, and {', and '.join(more)}, matters"


def _relaxed_here(found: Rests) -> str:
    """What was relaxed. Joined steps that are taken apart stay neighbours in their order."""
    joined = "joined steps"
    if any(fact.kind == "atomic" for fact in found.facts):
        joined = "joined steps, which are taken apart and stay next to each other in their order"
    kinds = {fact.kind for fact in found.facts}
    more = ""
    if "acknowledged" in kinds:
        more += "; outside of while loops, whether a command whose answer nobody uses is waited for"
    if "kept" in kinds:
        more += "; what is kept over a crash"
    return (
        "(relaxed: the order of two steps within their block where no data flows between them, "
        f"and {joined}{more}; nothing is moved out of its block)"
    )


def _statements(found: Rests, width: int, style: Style) -> list[str]:
    lines: list[str] = []
    free: list[str] = []
    for rest in found.rests:
        if rest.verdict == "holds" and rest.proved and not rest.needs:
            free.append(rest.name)
            continue
        look = "green" if rest.proved else "red" if rest.verdict == "violated" else "yellow"
        for turn, text in enumerate(_statement(rest, found)):
            looks = (look, "bold") if turn == 0 else ("dim",)
            indent = "" if turn == 0 else "  "
            lines += style.wrapped(text, width, *looks, indent=indent)
    if free:
        verb = "holds" if len(free) == 1 else "hold"
        what = " in every program that was made of these steps"
        if not found.facts:
            what = ": there is nothing to relax"
        text = f"{listed(free)} {verb}{what}"
        lines += style.wrapped(text, width, "green")
    if any(rest.verdict == "holds" for rest in found.rests):
        lines += style.wrapped(_relaxed_here(found), width, "dim")
    return lines


def _statement(rest: Rest, found: Rests) -> list[str]:
    name = printable(rest.name)
    if rest.verdict == "violated":
        return [f"{name} is violated: it rests on nothing (model-check repair says what to change)"]
    if rest.verdict == "undetermined":
        return [f"{name} is undetermined"]
    facts = ", and ".join(printable(str(need.fact)) for need in rest.needs)
    if not rest.proved:
        known = f"needs that {facts}" if facts else "holds; what it needs is not known yet"
        return [f"{name} {known}", "whether it needs more was not found out"]
    others = len(found.facts) - len(rest.needs)
    texts = [f"{name} holds because {facts}; nothing else was relaxed"]
    if others:
        texts = [f"{name} holds because {facts}; {_no_other(found)}"]
    for each in rest.others:
        texts.append("or else because " + ", and ".join(printable(str(fact)) for fact in each))
    return texts


def _need(rest: Rest, need: Need, width: int, style: Style) -> list[str]:
    relaxed = "; ".join(_relaxed(fact) for fact in need.broken)
    head = f"with {relaxed}, {rest.name} is violated{shown_by(need.trace)}"
    return [*style.wrapped(head, width, "bold"), *timeline(need.trace, width, style)]


def _relaxed(fact: Fact) -> str:
    if fact.kind == "order":
        return f"{fact.process}.{fact.labels[1]} before {fact.labels[0]}"
    if fact.kind == "acknowledged":
        return f"{fact.process}.{fact.labels[0]} sent and not waited for"
    if fact.kind == "kept":
        return f"{fact.process}.{fact.labels[0]} lost in a crash"
    return f"{_of(fact.process, fact.labels)} apart"


def _of(process: str, labels: Sequence[str]) -> str:
    return f"{process}.{listed(labels)}"


def _rests_summary(found: Rests, width: int, style: Style) -> list[str]:
    lines: list[str] = []
    if found.stopped:
        lines += wrap(f"The search was stopped: {found.stopped}.", width, "", "  ")
    head = "proved by exploring completely" if found.complete else "explored"
    refused = f"{found.refused:,} others are no specs" if found.refused else ""
    parts = [
        f"{head} {counted(found.explored, 'program')}",
        f"{counted(len(found.facts), 'fact')} to relax",
        refused,
        counted(found.states, "state"),
        f"{found.seconds:.2f} s",
    ]
    text = ", ".join(together(part) for part in parts if part)
    return [*lines, *wrap(text, width, "", "  "), *ending(found, width, style)]
