"""The parts of the page that its script fills: the state, the choices, the space, the player."""

from __future__ import annotations

from ...results.check import CheckReport
from ...verify.page_tables import MOST_ROWS, PageTables
from ..pictures.palette import GREEN, RED
from ..pictures.space import Legend
from .markup import Markup, element, trusted
from .sections import zoom_buttons

__all__ = ["copies", "own_walk", "player", "space_picture", "state_panel"]

KEYS = (
    ("← →", "one step back, one step on"),
    ("Home End", "to the start, to the end"),
    ("Space", "play, and stop"),
    ("1…9", "take the first to the ninth step that can happen"),
    ("F", "follow the counterexample"),
    ("R", "restart: a walk of your own from the start"),
    ("P", "the next property with a trace"),
    ("+ − 0", "enlarge, shrink, fit in"),
    ("D", "dark or light"),
    ("?", "these keys"),
)


def state_panel(report: CheckReport, tables: PageTables) -> Markup:
    """The current step, the state after it, and what can happen there."""
    return element(
        "section", {"class": "state", "aria-labelledby": "state-title"},
        element("h2", {"id": "state-title", "tabindex": "-1"}, "State"),
        element("noscript", {}, element("p", {}, "Stepping needs the page's script.")),
        element("p", {"id": "told", "role": "status", "aria-live": "polite"}),
        element("p", {"id": "alarm", "role": "alert", "hidden": True}),
        element("table", {"id": "variables"},
                element("caption", {"class": "unseen"}, "Who stands where, and what is held"),
                element("tbody", {})),
        element(
            "section", {"class": "next", "aria-labelledby": "next-title", "hidden": True},
            element("h3", {"id": "next-title"}, "What can happen next"),
            element("ol", {"id": "choices"}),
            element("p", {"id": "outlook"}),
            element(
                "div", {"class": "ways"},
                element("button", {"type": "button", "id": "restart"}, "Restart"),
                element("button", {"type": "button", "id": "follow"}, "Follow the counterexample"),
                element("label", {"id": "go-label"}, "Go to state ",
                        element("input", {"id": "go", "type": "number", "min": "0",
                                          "max": str(len(tables.rows) - 1),
                                          "inputmode": "numeric"})),
            ),
        )
        if tables.whole
        else element("p", {"class": "note"}, _no_walk(report)),
    )  # fmt: skip


def own_walk() -> Markup:
    """A walk of one's own: what it has come to, what is held, its diagram, and its steps."""
    name = "Sequence diagram of your walk"
    return element(
        "section", {"id": "walk", "aria-labelledby": "walk-title", "hidden": True},
        element("h2", {"id": "walk-title"}, "Your own walk"),
        element("p", {"id": "walk-told"}),
        element("dl", {"id": "tiles", "class": "outcome"}),
        element(
            "figure", {"class": "picture diagram", "hidden": True},
            element("figcaption", {}, name, zoom_buttons("the sequence diagram of your walk")),
            element("div", {"class": "pan", "tabindex": "0", "role": "region", "aria-label": name}),
        ),
        element(
            "details", {"class": "steps", "hidden": True},
            element("summary", {}, "Your steps as a list"), element("ol", {"id": "taken"}),
        ),
    )  # fmt: skip


COPIES = (
    ("text", "Trace as text"),
    ("mermaid", "Mermaid"),
    ("command", "Command line"),
    ("test", "pytest test"),
    ("link", "Link to this step"),
)


def copies() -> tuple[Markup, ...]:
    """The menu of what can be copied of what is looked at, where its text is shown to a browser
    that lets no page from the disk copy, and where a word is said on what was done."""
    buttons = [
        element("button", {"type": "button", "data-copy": what}, label) for what, label in COPIES
    ]
    return (
        element("div", {"id": "copies", "popover": True}, buttons),
        element(
            "dialog", {"id": "copy-box", "aria-labelledby": "copy-title"},
            element("h2", {"id": "copy-title"}, "To copy"),
            element("textarea", {"id": "copy-text", "readonly": True, "rows": "16", "cols": "72",
                                 "aria-labelledby": "copy-title"}),
            element("button", {"type": "button", "id": "copy-close"}, "Close"),
        ),
        element("p", {"id": "said", "role": "status"}),
    )  # fmt: skip


def _no_walk(report: CheckReport) -> str:
    if report.space.simulation is not None:
        return "Only the traces can be stepped through: a simulation keeps no states."
    return (
        f"Only the traces can be stepped through: the space has more than {MOST_ROWS:,} states, "
        "or more than one megabyte of them."
    )


def space_picture(
    report: CheckReport, tables: PageTables, picture: str, legend: Legend | None
) -> Markup | None:
    """The picture of the space, in which states are chosen."""
    if not picture:
        return None
    count = f"{report.space.states:,} states"
    folded = legend.folded if legend else ()
    can = "Choose a state to see the shortest way there."
    if folded:
        can = "Each node stands for several: choose one to see a shortest way into it."
    return element(
        "section", {"class": "space", "aria-labelledby": "space-title"},
        element("h2", {"id": "space-title"}, "The space"),
        element("p", {}, f"{count}, time runs down. {can if tables.whole else ''}"),
        element("p", {}, " ".join(folded)) if folded else None,
        _legend(legend) if legend else None,
        element(
            "figure", {"class": "picture", "data-space": True},
            element("figcaption", {}, "All reachable states", zoom_buttons("the space")),
            element("div", {"class": "pan", "tabindex": "0", "role": "region",
                            "aria-label": "The picture of the space"}, trusted(picture)),
        ),
    )  # fmt: skip


def _legend(legend: Legend) -> Markup:
    """What the colours mean: a colour that text would be too pale in is shown as an arrow's."""
    looks = {RED: "red", GREEN: "green"}
    signs = [
        element("li", {"class": looks.get(colour)}, element("b", {}, sign), f": {meaning}")
        for text, colour in legend.signs
        for sign, _, meaning in [text.partition(": ")]
    ]
    arrow = {"x1": "0", "y1": "6", "x2": "20", "y2": "6", "stroke-width": "3"}
    actors = [
        element(
            "li", {},
            element("svg", {"width": "20", "height": "12", "aria-hidden": "true"},
                    element("line", {**arrow, "stroke": colour})),
            f" {name}",
        )
        for name, colour in legend.actors
    ]  # fmt: skip
    return element("ul", {"class": "legend"}, signs, actors)


def player() -> Markup:
    """The bar that steps through a run, and the keys that do it too."""

    def button(name: str, label: str, sign: str) -> Markup:
        return element("button", {"type": "button", "id": name, "aria-label": label}, sign)

    return element(
        "footer", {"class": "player", "aria-label": "Step through the run", "hidden": True},
        element("div", {"class": "buttons", "role": "group", "aria-label": "Steps"},
                button("first", "To the start", "⇤"), button("back", "One step back", "←"),
                button("play", "Play", "▶"), button("on", "One step on", "→"),
                button("last", "To the end", "⇥")),
        element("label", {"class": "slide"},
                element("span", {"class": "unseen"}, "Step"),
                element("span", {"id": "loop", "hidden": True}, "for ever"),
                element("span", {"id": "faults", "aria-hidden": "true"}),
                element("input", {"id": "slider", "type": "range", "min": "0", "max": "0",
                                  "value": "0"})),
        element("output", {"id": "place", "for": "slider"}),
        element(
            "dialog", {"id": "keys", "aria-labelledby": "keys-title"},
            element("h2", {"id": "keys-title"}, "Keys"),
            element("dl", {}, [
                element("div", {},
                        element("dt", {}, [element("kbd", {}, key) for key in keys.split(" ")]),
                        element("dd", {}, what))
                for keys, what in KEYS
            ]),
            element("label", {},
                    element("input", {"type": "checkbox", "id": "letters", "checked": True}),
                    " keys with a letter, a digit or a sign work"),
            element("button", {"type": "button", "id": "keys-close"}, "Close"),
        ),
    )  # fmt: skip
