"""Real servers for the tests of steering, as the tests of replay have them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "live"))

from real_servers import any_server, lonely_server, server

__all__ = ["any_server", "lonely_server", "server"]
