"""Errors that a user can mend: the text is all that is shown, and says what to do."""

from __future__ import annotations

__all__ = [
    "EXIT_AS_EXPECTED", "EXIT_UNDETERMINED", "EXIT_UNEXPECTED", "EXIT_WRONG_INPUT",
    "ModelCheckError",
]  # fmt: skip

EXIT_AS_EXPECTED, EXIT_UNEXPECTED, EXIT_WRONG_INPUT, EXIT_UNDETERMINED = 0, 1, 2, 3
"""What a command ends with."""


class ModelCheckError(Exception):
    """Nothing can be said, or written, and why. `exit_code`: what a command ends with."""

    exit_code = EXIT_WRONG_INPUT
