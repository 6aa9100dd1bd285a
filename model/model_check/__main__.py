"""`python -m model_check`: the command, where its script is not on PATH."""

from .cli import main

main()
