"""What holds for every test: nothing depends on the terminal that the tests are run in."""

from __future__ import annotations

import os

# Whoever runs tests in parallel may set it, and commands take it for the width of the terminal.
os.environ.pop("COLUMNS", None)
