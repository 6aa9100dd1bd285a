"""model-check: every interleaving of a short spec of your messaging, and the lost message.

`check(path)` explores a spec and gives a `Result`, `repair(path)` says what to change in it and
`rests_on(path)` what it needs as it is; `compare(first, second)` follows one schedule on two.
`replay(path)` and `record(path)` carry it out for real, and `monitor(path, logs)` holds what real
servers did against it. `SpecError` says what is wrong with a spec, `CompareError` why two cannot
be compared, `LiveError` why nothing can be carried out or held against it. Everything else is
behind these.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.advice import RepairResult, RestsOnResult, repair, rests_on
    from .api.check import (
        CompareError,
        CompareResult,
        Result,
        Where,
        check,
        compare,
        listen_to,
        monitor,
        record,
        replay,
    )
    from .language.source.diagnostics import SpecError
    from .live.errors import LiveError

__all__ = [
    "CompareError", "CompareResult", "LiveError", "RepairResult", "RestsOnResult", "Result",
    "SpecError", "Where", "check", "compare", "listen_to", "monitor", "record", "repair", "replay",
    "rests_on",
]  # fmt: skip

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: the pytest plugin is imported in every pytest run of an
    # environment that has it, and must cost nothing there.
    if name in (
        "CompareError", "CompareResult", "Result", "Where", "check", "compare", "listen_to",
        "monitor", "record", "replay",
    ):  # fmt: skip
        from .api import check

        return getattr(check, name)
    if name in ("RepairResult", "RestsOnResult", "repair", "rests_on"):
        from .api import advice

        return getattr(advice, name)
    if name == "SpecError":
        from .language.source.diagnostics import SpecError

        return SpecError
    if name == "LiveError":
        from .live.errors import LiveError

        return LiveError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
