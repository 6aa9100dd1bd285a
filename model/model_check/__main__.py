"""The command's entry point: loads the command so that Ctrl-C is heard while it loads too."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command."""
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing can be said\n")
        sys.exit(3)
    run()


if __name__ == "__main__":
    main()
