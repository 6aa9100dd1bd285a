"""Who may do what on a server of our own.

It listens on the loopback interface, where every program of this machine can connect, and it
carries out what a spec asks. So nobody has access but one user, whose password is made for
the run, and who may do no more than `allowed` lists: not stop the server, not change it, not have
it connect to another one (https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from .allowed import access_rules

__all__ = ["EVERYBODY", "STEWARD", "Access", "confined", "for_services"]

DEFAULT = "default"
"""The user that a server takes a connection for which names none."""


@dataclass(frozen=True, slots=True)
class Access:
    """The only user of a server, with the rules of ACL that it has. `password`: "" where none is
    asked for. `steward`: another one, who has the server copy another server of ours. `databases`:
    how many the server has."""

    user: str
    password: str = field(repr=False)
    rules: tuple[str, ...]
    steward: Access | None = None
    databases: int = 1

    @property
    def options(self) -> list[str]:
        """How a server is started with it. The password is not among them, only its SHA-256:
        everybody can read the command line of a process."""
        others = [] if self.user == DEFAULT else ["--user", DEFAULT, "off"]
        second = [] if self.steward is None else self.steward.as_user
        return [*others, *self.as_user, *second]

    @property
    def as_user(self) -> list[str]:
        """How a server is told of the user."""
        proof = f"#{hashlib.sha256(self.password.encode()).hexdigest()}"
        return ["--user", self.user, "on", proof if self.password else "nopass", *self.rules]

    def url(self, place: str) -> str:
        """The URL of a server at `place` for this user."""
        named = f"{self.user}:{self.password}@" if self.password else ""
        return f"redis://{named}{place}"


DATABASES = 16
"""As many as a server has that nobody has told anything."""
STEWARD = tuple(
    f"+{name}"
    for name in ("replicaof", "config|set", "psync", "replconf", "ping", "info", "client|id")
)
"""What it takes to have one server copy another, and to look whether it has."""


def confined(*, copied: bool = False) -> Access:
    """A user of a new password, who may do what a run needs and no more. `copied`: with a steward
    beside it."""
    password = secrets.token_hex
    steward = Access("steward", password(32), ("-@all", *STEWARD)) if copied else None
    return Access("model-check", password(32), tuple(access_rules()), steward)


EVERYBODY = Access(DEFAULT, "", ("~*", "&*", "+@all"))
"""Every connection may do everything, as on a server that a user just starts: for tests that look
into a server, and spoil it."""


def for_services() -> Access:
    """Whoever connects may do what a service needs, and not end the server, change it, or have it
    connect to another one: for a user's own services, which know of no password."""
    kept = ("shutdown", "debug", "module", "replicaof", "slaveof", "migrate", "failover", "acl",
            "cluster", "bgrewriteaof", "bgsave", "save", "psync", "sync")  # fmt: skip
    rules = (*(f"-{name}" for name in kept), "-config", "+config|get")
    return Access(DEFAULT, "", ("~*", "&*", "+@all", *rules), databases=DATABASES)
