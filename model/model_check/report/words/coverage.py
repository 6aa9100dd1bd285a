"""What no run of a spec does, in words."""

from __future__ import annotations

from ...codes import Code, with_code
from ...results.check import CheckReport
from ...results.coverage import Unseen
from ...verify.show import printable

__all__ = ["unseen_texts"]


def unseen_texts(report: CheckReport) -> list[str]:
    """What no run ever does, a sentence each; none is known where not everything was looked at."""
    found = []
    if report.untaken:
        names = ", ".join(f"{printable(each.name)} (line {each.line})" for each in report.untaken)
        nothing = "what the verdicts say of its effects, they say of nothing"
        found.append(with_code(f"no run ever takes {names}: {nothing}", Code.NEVER_TAKEN))
    unseen = report.unseen or ()
    return [*found, *(with_code(_unseen_text(report, e), _CODES[e.kind]) for e in unseen)]


_CODES = {
    "always": Code.ALWAYS_THE_SAME,
    "never": Code.ALWAYS_THE_SAME,
    "premise": Code.NEVER_ASKED,
    "ends": Code.NEVER_ENDS,
    "taken": Code.TAKEN_AFTER_ALL,
    "faults": Code.NEVER_SO_OFTEN,
}


def _unseen_text(report: CheckReport, each: Unseen) -> str:
    text = printable(each.text)
    match each.kind:
        case "always" | "never":
            where = f"line {each.line}"
            if each.source != report.path:
                where = f"{printable(each.source)}, {where}"
            return f"`{text}` is {each.kind} true ({where})"
        case "premise":
            name, _, premise = text.partition(": ")
            return f"no state has `{premise}`: {name} is asked of nothing"
        case "ends":
            return f"no run ends: {text} is asked only of runs that never end"
        case "taken":
            return f"{text} (line {each.line}) is taken, though never_taken says that it is not"
        case "faults":
            return f"{text} (line {each.line}) is in no run: the spec allows more than can go wrong"
