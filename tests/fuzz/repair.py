"""Making random texts right, and disagreements small, by taking lines away."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from model_check.language import Spec, SpecError, load

__all__ = ["load_text", "repaired", "shrunk"]

ROUNDS = 25
_STEP = re.compile(r"^( *l\d+: )(?!if |while |with |pass$)\S")


OWN_KIND = """\
own.flag:
  about: A number that is raised, waited for and lowered.
  state:
    value: 0..3 = 0
  commands:
    raise_flag:
      about: Raise it, as far as it goes.
      run: value = value + 1 if value < 3 else value
      wire: RAISE
    wait_for:
      about: Wait until it is raised, and say how far.
      run: |
        await value > 0
        return value
      wire: WAIT
      answer: "{result}"
    lower:
      about: Lower it to nothing, and say what it was.
      run: |
        was = value
        value = 0
        return was
      wire: LOWER
      answer: "{result}"
  faults:
    overflows:
      about: It is raised once more, and breaks if it was at the top.
      run: value = value + 1
      wire: ({key} overflows)
    drops:
      about: A client lets go of it where it was high, and it falls to 0, or to 1, by turns.
      run: |
        await value > 1
        number = 0
        for client in Client:
            if client == caller:
                value = number % 2
            number = number + 1
      wire: ({key} is dropped)

own.broker:
  about: A queue that gives again what was not acknowledged.
  parameters: [T]
  options:
    initially: list[T] = []
  state:
    ready: list[T] = initially
    given: dict[Client, list[T]] = []
  disconnected: |
    ready = given[caller] + ready
    given[caller] = []
  commands:
    receive:
      about: The next message; waits until there is one.
      run: |
        await len(ready) > 0
        message = ready[0]
        ready = ready[1:]
        given[caller] = [message]
        return message
      wire: RECEIVE
      answer: "{result}"
    ack:
      about: What this client has got is done with.
      acknowledges: receive
      run: given[caller] = []
      wire: ACK
"""
"""A kind of one's own, as `own.yaml` beside every text."""


def load_text(text: str) -> Spec:
    """Read and check a spec's text. Raises SpecError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.yaml"
        path.write_text(text, encoding="utf-8")
        (Path(folder) / "own.yaml").write_text(OWN_KIND, encoding="utf-8")
        return load(path)


def repaired(text: str) -> str | None:
    """The text without what the checker refuses; None where nothing right is left."""
    for _ in range(ROUNDS):
        try:
            load_text(text)
        except SpecError as error:
            lines = text.splitlines()
            for number in sorted({d.position.line - 1 for d in error.diagnostics}, reverse=True):
                if number < len(lines):
                    lines = without(lines, number)
            text = "\n".join(lines) + "\n"
        else:
            return text
    return None


def without(lines: list[str], number: int) -> list[str]:
    """The lines without one, and what is indented under it; a step does nothing instead."""
    step = _STEP.match(lines[number])
    if step:
        return [*lines[:number], step[1] + "pass", *lines[number + 1 :]]
    depth = indent(lines[number])
    end = number + 1
    while end < len(lines) and indent(lines[end]) > depth:
        end += 1
    return [*lines[:number], *lines[end:]]


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def shrunk(text: str, fails: Callable[[str], bool]) -> str:
    """A smaller text that `fails` too: nothing more can be taken away or lifted out."""
    lines = text.splitlines()
    again = True
    while again:
        again = False
        for number in range(len(lines) - 1, 0, -1):
            if number >= len(lines):
                continue
            for fewer in (without(lines, number), lifted(lines, number)):
                if fewer != lines and fails("\n".join(fewer) + "\n"):
                    lines, again = fewer, True
                    break
    return "\n".join(lines) + "\n"


def lifted(lines: list[str], number: int) -> list[str]:
    """The lines without one, and what was indented under it one level out."""
    depth = indent(lines[number])
    end = number + 1
    while end < len(lines) and indent(lines[end]) > depth:
        end += 1
    body = lines[number + 1 : end]
    if not body:
        return lines
    by = indent(body[0]) - depth
    return [*lines[:number], *(line[by:] for line in body), *lines[end:]]
