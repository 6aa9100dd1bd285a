"""Runs the notebook of the documentation, and keeps what its cells give.

`uv run python docs/make_notebook.py` writes docs/notebook.ipynb anew; with a path it writes the
same there. A cell that raises ends it with exit code 1. What differs from run to run (where an
object is in memory, how long a search took) is left out.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

HERE = Path(__file__).parent
NOTEBOOK = HERE / "notebook.ipynb"


def run(notebook: Any) -> None:
    """Run the cells in order, in the folder of the notebook, and put what they give into them."""
    os.chdir(HERE)
    # Graphs are laid out by what comes with the package, on every machine.
    os.environ["PATH"] = str(Path(sys.executable).parent)
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            run_cell(shell, cell)


def run_cell(shell: InteractiveShell, cell: Any) -> None:
    shown: list[object] = []
    with capture_output() as printed:
        shell.display_trap.hook = shown.append
        ran = shell.run_cell(cell.source, store_history=True)
    if not ran.success:
        print(f"{cell.source}\n\n{ran.error_in_exec or ran.error_before_exec!r}", file=sys.stderr)
        sys.exit(1)
    cell.execution_count = ran.execution_count
    cell.outputs = []
    if printed.stdout:
        cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=printed.stdout))
    for value in shown:
        if value is not None:
            cell.outputs.append(result_of(shell, value, cell.execution_count))


def result_of(shell: InteractiveShell, value: object, count: int) -> Any:
    """What a notebook keeps of the value of a cell."""
    data, about = shell.display_formatter.format(value)
    data = {kind: re.sub(r" at 0x[0-9a-f]+|, [\d.]+ s\b", "", text) for kind, text in data.items()}
    return nbformat.v4.new_output(
        "execute_result", data=data, metadata=about, execution_count=count
    )


def main() -> None:
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else NOTEBOOK
    with tempfile.TemporaryDirectory() as home:
        os.environ["IPYTHONDIR"] = home
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        run(notebook)
        nbformat.validate(notebook)
        nbformat.write(notebook, target)


if __name__ == "__main__":
    main()
