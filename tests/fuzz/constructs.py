"""What of the field a checked spec has: crashes, broken connections, timeouts, things at once."""

from __future__ import annotations

from collections.abc import Iterator

from model_check.language.tree import statements as stmts
from model_check.language.tree.spec import Spec
from model_check.language.tree.walk import controls_in

__all__ = ["CONSTRUCTS", "constructs_of"]

CONSTRUCTS = (
    "crashes", "keeps", "restarts: false", "disconnects", "except disconnected",
    "except refused", "except changed", "expires",
    "loses", "duplicates", "reorders", "failover", "loses_last", "or timeout", "timeouts: last",
    "both", "background", "connection", "wait=False",
)  # fmt: skip
"""All of them, by what is written."""


def constructs_of(spec: Spec) -> list[str]:
    """Those that a spec has, each once."""
    found = {*_of_processes(spec), *_of_resources(spec)}
    return [each for each in CONSTRUCTS if each in found]


def _of_processes(spec: Spec) -> Iterator[str]:
    for process in spec.processes:
        if process.crashes is not None and process.crashes.most != 0:
            yield "crashes"
            yield from ("keeps",) if process.crashes.keeps else ()
            yield from ("restarts: false",) if not process.crashes.restarts else ()
        yield from ("connection",) if process.connection else ()
        for control in controls_in(process.run):
            match control:
                case stmts.Try(_, handlers):
                    yield from (f"except {word}" for word, _ in handlers)
                case stmts.Both():
                    yield "both"
                case stmts.Background():
                    yield "background"
                case stmts.Either(timeout=True):
                    yield "or timeout"
                    yield from ("timeouts: last",) if spec.timeouts == "last" else ()


def _of_resources(spec: Spec) -> Iterator[str]:
    for resource in spec.resources:
        yield from ("disconnects",) if resource.disconnects is not None else ()
        yield from (fault.command.name for faults in resource.faults for fault in faults)
    for server in spec.servers:
        yield "failover"
        yield from ("loses_last",) if server.loses_last else ()
    yield from ("wait=False",) if spec.sends else ()
