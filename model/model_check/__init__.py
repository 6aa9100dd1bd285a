"""model-check: every interleaving of a short spec of your messaging, and the lost message.

`check(path)` explores a spec and gives a `Result`, `repair(path)` says what to change in it and
`rests_on(path)` what it needs as it is; `SpecError` says what is wrong with a spec. Everything
else is behind these.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .advice import RepairResult, RestsOnResult, repair, rests_on
    from .api import Result, check
    from .language.diagnostics import SpecError

__all__ = [
    "RepairResult", "RestsOnResult", "Result", "SpecError", "check", "repair", "rests_on",
]  # fmt: skip

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: the pytest plugin is imported in every pytest run of an
    # environment that has it, and must cost nothing there.
    if name in ("Result", "check"):
        from . import api

        return getattr(api, name)
    if name in ("RepairResult", "RestsOnResult", "repair", "rests_on"):
        from . import advice

        return getattr(advice, name)
    if name == "SpecError":
        from .language.diagnostics import SpecError

        return SpecError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
