"""model-check: every interleaving of a short spec of your messaging, and the lost message.

`check(path)` explores a spec and gives a `Result`, `repair(path)` says what to change in it and
`rests_on(path)` what it needs as it is; `compare(first, second)` follows one schedule on two.
`replay(path)` and `record(path)` carry it out for real, and `monitor(path, logs)` holds what real
servers did against it; `steer(path, command)` has a user's own services carry it out.
`how_likely(path)` says how likely runs go wrong, given how long steps take. What can be
asked of each is named in `CheckOptions` and its like. `SpecError` says what is wrong with a spec,
`CompareError` why two cannot be compared, `LiveError` why nothing can be carried out or held
against it; each is a `ModelCheckError`. Everything else is behind these.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.advice import RepairResult, RestsOnResult, repair, rests_on
    from .api.check import Result, check
    from .api.compare import CompareError, CompareResult, compare
    from .api.likelihood import LikelihoodResult, how_likely
    from .api.likelihood_report import LikelihoodError
    from .api.live_options import MonitorOptions, RecordOptions, ReplayOptions, SteerOptions, Where
    from .api.options import AdviceOptions, CheckOptions, CompareOptions, LikelihoodOptions
    from .api.real_runs import listen_to, monitor, record, replay
    from .api.steer import steer
    from .api.steered import SteeredUrl, steered
    from .errors import ModelCheckError
    from .language.source.diagnostics import SpecError
    from .live.errors import LiveError
    from .version import __version__ as __version__

__all__ = [
    "AdviceOptions", "CheckOptions", "CompareError", "CompareOptions", "CompareResult",
    "LikelihoodError", "LikelihoodOptions", "LikelihoodResult", "LiveError", "ModelCheckError",
    "MonitorOptions", "RecordOptions", "RepairResult", "ReplayOptions", "RestsOnResult", "Result",
    "SpecError", "SteerOptions", "SteeredUrl", "Where", "check", "compare", "how_likely",
    "listen_to", "monitor", "record", "repair", "replay", "rests_on", "steer", "steered",
]  # fmt: skip


_HOMES = {
    ".api.advice": ("RepairResult", "RestsOnResult", "repair", "rests_on"),
    ".api.check": ("Result", "check"),
    ".api.compare": ("CompareError", "CompareResult", "compare"),
    ".api.real_runs": ("listen_to", "monitor", "record", "replay"),
    ".api.live_options": (
        "MonitorOptions", "RecordOptions", "ReplayOptions", "SteerOptions", "Where",
    ),
    ".api.steer": ("steer",),
    ".api.steered": ("SteeredUrl", "steered"),
    ".api.likelihood": ("LikelihoodResult", "how_likely"),
    ".api.likelihood_report": ("LikelihoodError",),
    ".api.options": ("AdviceOptions", "CheckOptions", "CompareOptions", "LikelihoodOptions"),
    ".errors": ("ModelCheckError",),
    ".language.source.diagnostics": ("SpecError",),
    ".live.errors": ("LiveError",),
    ".version": ("__version__",),
}  # fmt: skip


def __getattr__(name: str) -> Any:
    # Loaded when first asked for: the pytest plugin is imported in every pytest run of an
    # environment that has it, and must cost nothing there.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home, __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # What is loaded late is there as well, and what only happens to be here is not.
    return sorted({*__all__, "__version__", *(name for name in globals() if name.startswith("__"))})
