"""A running server that is listened to, and asked about what was heard, for `monitor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..budget.spending import Ask, never
from ..language import load
from .live_options import MonitorOptions, Where

if TYPE_CHECKING:
    from ..language.tree.spec import Spec
    from ..live.brokers.server import Server
    from ..live.monitor.inquiry import Inquiry
    from ..results.monitor import MonitorResult, SessionVerdict

__all__ = ["Listening", "listening_to"]

MOST_SESSIONS = 10
"""Sessions about which a server is asked what their keys hold."""


class Listening:
    """A server that is listened to, for a `spec`."""

    def __init__(self, spec: Spec, server: Server, inquiry: Inquiry, patience: float) -> None:
        self.spec = spec
        self._server = server
        self._inquiry = inquiry
        self._patience = patience

    def hear(
        self,
        seconds: float | None,
        most: int,
        stop: Ask = never,
        tell: Callable[[str], None] | None = None,
    ) -> tuple[str, list[bytes]]:
        """What it carries out from now on, as `listen_to` gives it; meanwhile it is asked who
        listens to the channels of the spec."""
        from ..live.monitor.listening import heard

        return heard(self._server, seconds, most, stop, tell, self._patience, self._inquiry)

    def ask_about(self, found: MonitorResult) -> MonitorResult:
        """The same result, with what the server says of the sessions that are not well."""
        asked = [each.name for each in found.sessions if each.standing != "holds"][:MOST_SESSIONS]
        for name in asked:
            self._inquiry.look_at(name)
        return replace(found, sessions=tuple(map(self._with_answers, found.sessions)))

    def _with_answers(self, session: SessionVerdict) -> SessionVerdict:
        if session.standing == "holds":
            return session
        return replace(session, inspections=tuple(self._inquiry.found.get(session.name, ())))


@contextmanager
def listening_to(path: Path, where: Where, options: MonitorOptions) -> Iterator[Listening]:
    """The server at `where.redis`, for a spec. Raises SpecError where that is wrong, and LiveError
    where the server cannot be listened to."""
    from ..live.brokers.server import server_for
    from ..live.monitor.inquiry import Inquiry

    spec = load(path, options.overrides, allow_outside=options.allow_outside, faults=options.faults)
    patience = where.patience
    with (
        server_for(where.redis, allow_remote=where.allow_remote, patience=patience) as server,
        Inquiry(spec, server, patience) as inquiry,
    ):
        yield Listening(spec, server, inquiry, patience)
