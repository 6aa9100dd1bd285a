"""In how many different ways a property is violated, and what they differ in.

States that violate are told apart by the values of the `define`d expressions: losing
chunk 7 alone is another ending than losing 7 to 10, however many runs lead to each.
"""

from __future__ import annotations

from ...results.check import Ending, PropertyResult
from ...verify.show import format_value, printable
from ..words.columns import counted, display_width, shorten, wrap
from ..words.phrases import steps_text
from ..words.size import NOT_ALL
from ..words.values import fit_value, name_of_bindings
from .style import Style, pad

__all__ = ["render_endings"]

ENDINGS_SHOWN = 20
SENTENCE_LINES = 3
CHOSEN = "  <- shown above"


def render_endings(
    result: PropertyResult,
    width: int,
    style: Style,
    which: str = "",
    twin: PropertyResult | None = None,
) -> list[str]:
    """A sentence and a line for each ending; empty where there are none. `which`: which states
    they are of, where these are not all. What has just been told of its `twin` is not told
    again."""
    endings = result.endings
    if not endings:
        return []
    if len(endings) == 1:
        return wrap(_one_ending(result, endings[0], which), width, "", "  ")
    # Of what is asked of ends, every ending is there, whatever was left out on the way.
    all_there = which not in NOT_ALL and result.form.at_ends
    different = f"{len(endings):,} different endings{'' if all_there else which}"
    if twin is not None and twin.endings == endings and twin.chosen == result.chosen:
        text = _several(result, different)
        return wrap(f"{text}: those of {printable(twin.name)}, above", width, "", "  ")
    shortest = min(endings, key=lambda e: e.length)
    article = "a" if [each.length for each in endings].count(shortest.length) > 1 else "the"
    text = (
        f"{_several(result, different)}: "
        f"{article} shortest ({steps_text(shortest.length)}) has "
        f"{name_of_bindings(shortest.values)}"
    )
    if which and all_there:
        text += f" (the states are those{which})"
    sentence = wrap(text, width, "", "  ")
    if len(sentence) > SENTENCE_LINES:
        sentence = [
            *sentence[: SENTENCE_LINES - 1],
            shorten(sentence[SENTENCE_LINES - 1], width - 2) + " …",
        ]
    return [*(style.paint(line, "bold") for line in sentence), *_table(result, width, style)]


def _one_ending(result: PropertyResult, ending: Ending, which: str) -> str:
    count, name = counted(ending.states, "state") + which, printable(result.name)
    if result.form.of_steps or result.form.asks_runs:
        text = _several(result, count)
    else:
        text = f"{count} violate{'s' if ending.states == 1 else ''} {name}"
    if ending.values:
        text += f", all with {name_of_bindings(ending.values)}"
    return text


def _several(result: PropertyResult, counted_ones: str) -> str:
    """What of a property ends in states: it need not be a state by itself that violates it."""
    name = printable(result.name)
    if result.form.of_steps:
        return f"steps that violate {name} lead to {counted_ones}"
    if result.by_then:
        return f"runs that violate {name}, and had not before, come to {counted_ones}"
    if result.form.asks_runs:
        return f"runs that violate {name} and end do so in {counted_ones}"
    return f"{counted_ones} violate {name}"


def _table(result: PropertyResult, width: int, style: Style) -> list[str]:
    shown = result.endings[:ENDINGS_SHOWN]
    names = tuple(shown[0].values)
    lengths = max(len("steps"), *(len(f"{e.length:,}") for e in shown))
    states = max(len("states"), *(len(f"{e.states:,}") for e in shown))
    room = width - lengths - states - 6 - len(CHOSEN)
    widths = _widths(shown, names, max(room, 12))
    heads = _joined([printable(name) for name in names], widths)
    lines = [style.paint(f"  {'steps':>{lengths}}  {'states':>{states}}  {heads}".rstrip(), "dim")]
    for turn, ending in enumerate(shown):
        values = [fit_value(ending.values.get(n), w) for n, w in zip(names, widths, strict=True)]
        line = (
            f"  {ending.length:>{lengths},}  {ending.states:>{states},}  {_joined(values, widths)}"
        )
        if turn == result.chosen:
            line = style.paint(shorten(line + CHOSEN, width), "bold")
        lines.append(line.rstrip())
    rest = len(result.endings) - len(shown)
    if rest:
        lines.append(style.paint(f"  … and {rest:,} more in result.json", "dim"))
    return lines


def _widths(endings: tuple[Ending, ...], names: tuple[str, ...], room: int) -> list[int]:
    """The columns of each value: as wide as its widest, a fair share where that is too much."""
    wanted = [
        max(
            display_width(printable(name)),
            *(display_width(format_value(e.values.get(name))) for e in endings),
        )
        for name in names
    ]
    if sum(wanted) + 2 * len(names) <= room:
        return wanted
    fair = max(room // max(len(names), 1) - 2, 4)
    return [min(each, fair) for each in wanted]


def _joined(texts: list[str], widths: list[int]) -> str:
    return "  ".join(pad(shorten(t, w), w) for t, w in zip(texts, widths, strict=True))
