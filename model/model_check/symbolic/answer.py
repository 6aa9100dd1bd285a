"""What is known of a question that can be answered yes or no: it may be nothing.

A solver that is stopped, or gives up, has said nothing; who reads that as "no" claims what
nobody proved. So an answer is no truth value: whoever asks must say what to do in each case.
"""

from __future__ import annotations

from enum import Enum
from typing import NoReturn

__all__ = ["OUT_OF_WORK", "Answer"]

OUT_OF_WORK = "z3 gave no answer within the work that is done for one"
"""Why an answer is unknown, where nobody stopped z3."""


class Answer(Enum):
    """Yes, no, or unknown: compared by `is`."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @property
    def opposite(self) -> Answer:
        """The answer to the opposite question: what is unknown stays so."""
        match self:
            case Answer.YES:
                return Answer.NO
            case Answer.NO:
                return Answer.YES
            case Answer.UNKNOWN:
                return Answer.UNKNOWN

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self} is no truth value: ask whether it is YES, NO or UNKNOWN")
