"""The codes at the end of messages, `[unread-variable]`, and what `model-check explain` says of
each. The pages are in `codes.yaml`; `docs/codes.md` is made from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

__all__ = ["Code", "Page", "page_of", "with_code"]


class Code(StrEnum):
    """What kind of message it is; it stays the same where its words change."""

    # Mistakes, of which a sentence says what is wrong, and a page how it is meant.
    NO_LABEL = "no-label"
    NOT_IN_A_STEP = "not-in-a-step"
    NOT_CALLED_HERE = "not-called-here"
    NOT_CHOSEN_HERE = "not-chosen-here"
    TEMPORARY = "temporary"
    OUTSIDE_TYPE = "outside-type"
    OUTSIDE_REACH = "outside-reach"
    # What is told beside the verdicts.
    UNREAD_VARIABLE = "unread-variable"
    UNREAD_NAME = "unread-name"
    UNUSED_DEFINE = "unused-define"
    NOT_AT_ONCE = "not-at-once"
    NOTHING_TO_ACT_ON = "nothing-to-act-on"
    SET_BESIDE = "set-beside"
    TWO_READINGS = "two-readings"
    FIRST_STATE_ALONE = "first-state-alone"
    NEVER_CRASHES = "never-crashes"
    NEVER_DISCONNECTED = "never-disconnected"
    NEVER_EXPIRES = "never-expires"
    NEVER_REFUSED = "never-refused"
    NEVER_FAILS_OVER = "never-fails-over"
    NO_PROCESSES = "no-processes"
    NEVER_TAKEN = "never-taken"
    TAKEN_AFTER_ALL = "taken-after-all"
    ALWAYS_THE_SAME = "always-the-same"
    NEVER_ASKED = "never-asked"
    NEVER_ENDS = "never-ends"
    NEVER_SO_OFTEN = "never-so-often"
    NO_REASON = "no-reason"
    GROWS = "grows"
    LIMIT = "limit"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Page:
    """What a code means (`title` in one line), a spec that gives rise to it, and what to do."""

    code: Code
    title: str
    means: str
    example: str
    what_to_do: str


def with_code(text: str, code: Code) -> str:
    """A message that can be explained."""
    return f"{text} [{code}]"


def page_of(code: Code) -> Page:
    """What is said of a code."""
    return _pages()[code]


@cache
def _pages() -> dict[Code, Page]:
    import yaml

    text = Path(__file__).with_name("codes.yaml").read_text(encoding="utf-8")
    return {
        Code(name): Page(
            Code(name), page["title"], page["means"].strip(), page["example"], page["do"].strip()
        )
        for name, page in yaml.safe_load(text).items()
    }
