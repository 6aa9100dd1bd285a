"""The tool's steering of services, held against what the model says: the services are a spec's own
processes, on a real server, behind the proxy."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache

from model_check.language import SpecError
from model_check.language.tree.spec import Spec
from model_check.live.brokers.access import EVERYBODY
from model_check.live.brokers.server import Server, installed, own_server

from ..steer.every_spec import LeftOutError, Subject
from .bug_specs import random_bug
from .compare import Differing, SkippedError
from .reason_specs import random_reason
from .service_specs import random_services

__all__ = ["missteered", "random_steered"]

MADE = (random_services, random_services, random_bug, random_reason)

SCHEDULES = 3
PATIENCE = 2.0
_open = ExitStack()
atexit.register(_open.close)


@cache
def _server() -> Server:
    """One for all comparisons; it ends with this process."""
    return _open.enter_context(own_server(installed()[0], access=EVERYBODY))


def random_steered(seed: int) -> str:
    """The text of a random spec, of one generator after the other."""
    return MADE[seed % len(MADE)](seed)


def missteered(spec: Spec) -> list[str]:
    """What is not as the model says when a spec's processes are steered through its runs. Raises
    SkippedError where they cannot be."""
    found, kinds = [], list[str]()
    try:
        for each in Subject(spec, _server(), PATIENCE).carried_out(SCHEDULES):
            kinds.append("left" if each.run.departure is not None else "carried out")
            if each.wrong:
                found.append(f"steered {each.name or 'schedule'}: {each.wrong}")
    except (LeftOutError, SpecError) as error:
        if not kinds:
            raise SkippedError(str(error)) from error
    return Differing(found, kinds)
