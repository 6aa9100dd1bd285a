"""What there is to steer services by: an explored spec, a server, and the runs to carry out."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..budget.spending import Ask
from ..explore.limits import Limits, Progress
from ..explore.search import SearchOptions
from ..language import load
from ..verify.checking import check_spec
from .live_options import SteerOptions

if TYPE_CHECKING:
    from ..explore.space import Space
    from ..live.steer.orders import Orders, Schedules
    from ..live.steer.steering import Steerer, Steering
    from ..results.check import Trace, Verdict
    from ..results.steer import SteeredRun, SteerResult
    from ..verify.judgement import Judgement

__all__ = ["SteerTask", "steer_task"]


class SteerTask:
    """An explored spec, who steers services through its runs, and which `traces` are asked for."""

    def __init__(
        self,
        space: Space,
        judgement: Judgement,
        steerer: Steerer,
        asked: SteerOptions,
        stop: Ask,
    ) -> None:
        self.space = space
        self.steerer = steerer
        self.orders: int | None = None
        self.notes: list[str] = []
        self.property = ""
        self._stop = stop
        self._judgement = judgement
        self.traces = self._traces(asked)

    def _traces(self, asked: SteerOptions) -> Iterator[Trace]:
        if asked.of_schedules:
            return self._schedules(asked)
        return iter([self._one(asked)] * asked.repeat)

    def _one(self, asked: SteerOptions) -> Trace:
        from ..live.errors import LiveError
        from ..live.runs.follow import follow
        from ..live.steer.turns import unsteerable
        from ..report.documents.trace_file import read_trace
        from ..verify.trace import Tracer

        shown = {e.name: e.trace for e in self._judgement.results if e.trace is not None}
        violated = [
            e.name for e in self._judgement.results if e.verdict == "violated" and e.name in shown
        ]
        if asked.trace is not None:
            states = follow(self.space, read_trace(asked.trace, asked.violating))
            self.property = asked.violating
            tracer = Tracer(self.space)
            trace = tracer.along(states, "final" if self.space.is_final(states[-1]) else "state")
        elif asked.violating:
            if asked.violating not in shown:
                raise LiveError(
                    f"no trace violates {asked.violating}: there is nothing to steer by"
                    " (--schedules 200 tries complete runs of this spec)"
                )
            self.property, trace = asked.violating, shown[asked.violating]
        elif violated:
            can = [each for each in violated if not unsteerable(shown[each])]
            self.property = (can or violated)[0]
            trace = shown[self.property]
        else:
            raise LiveError(
                "nothing is violated in this spec: there is no trace to steer by"
                " (--schedules 200 tries complete runs of it, --explore every order)"
            )
        if why := unsteerable(trace):
            raise LiveError(why)
        return trace

    def _schedules(self, asked: SteerOptions) -> Iterator[Trace]:
        """The runs of many schedules, each of which looks different to a proxy."""
        from ..live.errors import LiveError
        from ..live.steer.orders import all_orders, distinct_schedules
        from ..live.steer.turns import SeenSteps
        from ..verify.trace import Tracer

        tracer = Tracer(self.space)
        seen = SeenSteps(self.space, tracer)
        found: Orders | Schedules
        if asked.explore:
            found = orders = all_orders(self.space, seen, ask=self._stop)
            self._count(orders)
        else:
            found = schedules = distinct_schedules(self.space, seen, ask=self._stop)
        if found.runs.with_faults:
            raise LiveError(
                "no run of this model comes to an end without a fault: a proxy brings none about"
            )
        for each in islice((each for each in found if not each.repeats), asked.schedules):
            final = self.space.is_final(each.states[-1])
            yield tracer.along(each.states, "final" if final else "deadlock", each.steps)
        if asked.explore and orders.repeats:
            self.notes.append(
                f"{orders.repeats:,} of the orders differ from others in nothing that a proxy sees,"
                " and were not tried by themselves"
            )
        if not asked.explore and schedules.all_found:
            most = schedules.longest
            length = "" if most is None else f", of those with at most {most:,} turns"
            self.notes.append(
                f"these are all schedules that a proxy can tell from each other{length}"
            )

    def _count(self, orders: Orders) -> None:
        """Count the orders of what a proxy sees."""
        counted = orders.count()
        if counted.exact:
            self.orders = counted.number
        else:
            self.notes.append(f"there are {counted.number:,} orders or more: {counted.stopped}")
        if orders.longest is not None:
            self.notes.append(
                "something can go round in this model, so there are infinitely many orders: meant"
                f" are those of at most {orders.longest:,} turns"
            )

    def result(
        self, asked: SteerOptions, runs: Sequence[SteeredRun], stopped: str, seconds: float
    ) -> SteerResult:
        """What was measured in some `runs`; `stopped`: why there are no more."""
        from ..live.brokers.server import place_at
        from ..results.steer import SteerResult
        from ..verify.resources import resource_views, shared_views

        server = self.steerer.server
        spec = self.space.machine.spec
        told = [each.session for each in runs if each.session is not None]
        judged = {self.property, *(p.name for session in told for p in session.properties)}
        names = [p.name for p in spec.properties if p.name in judged or not told]
        expected = [self._verdicts(each.trace) for each in runs]
        return SteerResult(
            model=self.space.machine.spec.name,
            server=server.name,
            own=server.own,
            listen=place_at(*_place(asked.listen)),
            property=self.property,
            asked=asked.schedules if asked.of_schedules else asked.repeat,
            orders=self.orders,
            notes=tuple(self.notes),
            runs=tuple(runs),
            expected={name: tuple(each[name] for each in expected) for name in names},
            stopped=stopped,
            schedules=asked.of_schedules,
            formulas={each.name: each.text for each in self._judgement.results},
            promised=tuple(p.name for p in spec.properties if p.expect == "holds"),
            resources=resource_views(spec),
            shared=shared_views(self.space.machine),
            seconds=seconds,
        )  # fmt: skip

    def _verdicts(self, trace: Trace) -> Mapping[str, Verdict]:
        """What the model says of each property of one run."""
        from ..live.runs.follow import follow, written_of
        from ..verify.told_run import ToldRun, verdicts_of
        from ..verify.trace import numbers_of_steps

        states = follow(self.space, written_of(trace))
        again = trace.steps[len(trace.steps) if trace.loop_from is None else trace.loop_from :]
        around = numbers_of_steps(self.space.machine, again)
        run = ToldRun(trace, states, trace.loop_from, around)
        return verdicts_of(self.space, self._judgement, run)


@contextmanager
def steer_task(
    path: Path | str,
    asked: SteerOptions,
    limits: Limits | None,
    progress: Progress | None,
    stop: Ask,
) -> Iterator[SteerTask]:
    """What there is to do, while there is a server for it. Raises SpecError, LiveError."""
    from ..live.brokers.access import for_services
    from ..live.brokers.server import server_for
    from ..live.steer.steering import Steerer

    spec = load(path, asked.overrides, allow_outside=asked.allow_outside, faults=asked.faults)
    steering = _steering(asked)
    space, judgement = check_spec(spec, limits, progress, options=SearchOptions(forget_from=None))
    where = asked.where
    with server_for(
        where.redis, allow_remote=where.allow_remote, port=where.port, access=for_services()
    ) as server:
        steerer = Steerer(space, server, steering, stop)
        yield SteerTask(space, judgement, steerer, asked, stop)


def _steering(asked: SteerOptions) -> Steering:
    from ..live.steer.steering import Steering

    host, port = _place(asked.listen)
    return Steering(
        asked.services,
        host,
        port,
        asked.patience,
        asked.where.allow_remote,
        reason=asked.one_run,
        tls=_certified(asked),
    )


def _certified(asked: SteerOptions) -> ssl.SSLContext | None:
    """How TLS is spoken with the services; None: it is not. Raises LiveError."""
    from ..live.errors import LiveError

    if asked.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(asked.certificate, asked.certificate_key)
    except OSError as error:  # an ssl.SSLError is one
        raise LiveError(
            f"--certificate {asked.certificate}: no certificate with its key in PEM ({error})"
        ) from None
    return context


def _place(listen: str) -> tuple[str, int]:
    """HOST:PORT, or a port alone. Raises LiveError."""
    from ..live.errors import LiveError

    host, _, port = listen.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise LiveError(f"--listen {listen}: say where, as in 127.0.0.1:6380")
    return host.strip("[]") or "127.0.0.1", int(port)
