"""What the checker refuses, program by program, with every message as the user sees it.

The programs and messages stand in checker_mistakes.txt; each is put into the spec below.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

SPEC = """\
constants:
  N: 3
  MODE: fast
types:
  Chunk: 1..N
  Mode: enum(fast, slow)
vars:
  turn: 0..1 = 0
  bag: set[Chunk]
  maybe: Chunk?
  rec: "{id: Chunk, last: bool}"
  table: dict[Mode, Chunk] = 1
resources:
  history:
    kind: redis.list[Chunk]
  stream:
    kind: redis.stream[Chunk]
  socks:
    kind: queue[Chunk]
    count: 2
processes:
  other:
    count: 2
    vars:
      seen: list[Chunk]
    run: |
      look: pass
      wait: stream.xread("$")
  me:
    vars:
      x: Chunk
      mine: list[Chunk]
    run: |
"""
FIRST_LINE = SPEC.count("\n") + 1
INDENT = 6


def read_cases() -> list[tuple[str, tuple[str, ...]]]:
    text = (Path(__file__).parent / "checker_mistakes.txt").read_text()
    cases = []
    for block in text.split("---\n")[1:]:
        lines = block.rstrip("\n").split("\n")
        program = "\n".join(line for line in lines if not line.startswith("! "))
        cases.append((program, tuple(line[2:] for line in lines if line.startswith("! "))))
    return cases


def messages(folder: Path, program: str) -> tuple[str, ...]:
    """What is wrong with a program; positions count from its first line."""
    path = folder / "spec.yaml"
    lines = "".join(f"{' ' * INDENT}{line}\n" for line in program.split("\n"))
    path.write_text(SPEC + lines)
    try:
        load(path)
    except SpecError as error:
        return tuple(
            f"{d.position.line - FIRST_LINE + 1}:{d.position.column - INDENT}: {d.message}"
            + (f" ({d.hint})" if d.hint else "")
            for d in error.diagnostics
        )
    return ()


@pytest.mark.parametrize(("program", "expected"), read_cases())
def test_a_program_is_told_all_its_mistakes(
    tmp_path: Path, program: str, expected: tuple[str, ...]
) -> None:
    assert messages(tmp_path, program) == expected


def test_the_cases_hold_right_and_wrong_programs() -> None:
    wrong = [expected for _, expected in read_cases() if expected]
    right = [expected for _, expected in read_cases() if not expected]
    assert len(wrong) > 50
    assert len(right) > 5


def in_a_loop(program: str) -> str:
    """The program inside a loop, which the checker looks at twice."""
    return "for again in range(2):\n" + "\n".join(f"    {line}" for line in program.split("\n"))


@pytest.mark.parametrize("program", [program for program, expected in read_cases() if expected])
def test_what_is_refused_once_is_refused_when_it_is_looked_at_again(
    tmp_path: Path, program: str
) -> None:
    assert messages(tmp_path, in_a_loop(program))
