"""A folder of specs with every sort of verdict, expected and not, and its reports."""

from __future__ import annotations

from pathlib import Path

from model_check.budget.spending import StopNow
from model_check.cli import check as command

SPECS = {
    # In the order of their names: this is the order in which they are checked.
    "a-expected.yaml": """\
model: a-expected
vars: {x: 0..9}
processes:
  p:
    run: |
      set_x: x = 1
properties:
  small: {always: x < 5}
  zero: {always: x == 0, expect: violated}
""",
    "b-unexpected.yaml": """\
model: b-unexpected
vars: {x: 0..9}
processes:
  writer:
    run: |
      write: x = 1
  reader:
    vars: {got: 0..9}
    run: |
      read: got = x
      look: unread = 2
properties:
  one_is_read: {finally: reader.got == 1}
  one_at_last: {finally: x == 1, expect: violated}
""",
    "c-open.yaml": """\
model: c-open
vars:
  jobs: list[int]
processes:
  p:
    run: |
      while True:
          push: jobs.append(1)
properties:
  some: {always: len(jobs) >= 0}
""",
    "d-broken.yaml": "model: d-broken\nprocesses:\n  p:\n    run: |\n      a: await nobody\n",
    "e-faults.yaml": """\
model: e-faults
vars: {ready: bool}
processes:
  worker:
    crashes: 1
    restarts: false
    run: |
      work: pass
      finish: ready = True
properties:
  ready_at_last: {finally: ready, expect: violated}
  never_ready: {finally: not ready}
""",
    "f-stopped.yaml": "model: f\nprocesses: {p: {run: 'a: pass'}}\n",
    "g-unchecked.yaml": "model: g\nprocesses: {p: {run: 'a: pass'}}\n",
}


def written(folder: Path) -> Path:
    """The folder, with the specs in it."""
    folder.mkdir(exist_ok=True)
    for name, text in SPECS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def stopping_at(name: str) -> object:
    """What checks a spec, and is interrupted in the one of this name."""

    def check(path: Path, *words: object, **more: object) -> object:
        if path.name == name:
            raise StopNow("interrupted")
        return real(path, *words, **more)  # type: ignore[arg-type]

    real = command.check
    return check
