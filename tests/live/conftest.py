"""Real servers for the tests of this floor."""

from __future__ import annotations

from real_servers import any_server, lonely_server, server

__all__ = ["any_server", "lonely_server", "server"]
