"""Errors that a user can mend: the text is all that is shown, and says what to do."""

from __future__ import annotations

__all__ = [
    "EXIT_AS_EXPECTED", "EXIT_UNDETERMINED", "EXIT_UNEXPECTED", "EXIT_WRONG_INPUT",
    "ModelCheckError", "raise_if_callers",
]  # fmt: skip

EXIT_AS_EXPECTED, EXIT_UNEXPECTED, EXIT_WRONG_INPUT, EXIT_UNDETERMINED = 0, 1, 2, 3
"""What a command ends with."""


class ModelCheckError(Exception):
    """Nothing can be said, or written, and why. `exit_code`: what a command ends with."""

    exit_code = EXIT_WRONG_INPUT


def raise_if_callers(error: OSError) -> None:
    """Raise an error again that looks like one of the system, and is the caller's.

    What a handler of a signal raises comes out of whatever runs then, and so does what a function
    raises that is asked whether to stop: often a TimeoutError or a ConnectionError, which are
    OSErrors, as a full disk is. What the system tells has a number, and a library that is not found
    is a plain OSError.
    """
    if error.errno is None and type(error) is not OSError:
        raise error
