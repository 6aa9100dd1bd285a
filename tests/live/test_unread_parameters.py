"""What a spec says that a log is not read for, and what is read all the same."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from model_check.api.real_runs import monitor
from model_check.language import SpecError, load

SPEC = """
model: jobs
types: {{Job: 1..2}}
resources:
  jobs: {{kind: "redis.list[Job]", key: "jobs:{{session}}", {unread}}}
  lock: {{kind: "redis.string[bool]", key: "lock:{{session}}", unread: [ex]}}
processes:
  producer:
    run: |
      for job in Job:
          put: jobs.rpush(job)
  worker:
    vars: {{first: Job?}}
    run: |
      take: first = jobs.lpop()
      lock: lock.set(True)
properties:
  first_come: {{finally: worker.first == 1}}
"""
PACKED = (r"\x81\xa2id\x01", r"\x81\xa2id\x02")
PRODUCER, WORKER = 1, 2


def written(folder: Path, unread: str = "unread: value") -> Path:
    path = folder / "jobs.yaml"
    path.write_text(SPEC.format(unread=unread), encoding="utf-8")
    return path


def log(*lines: tuple[int, str]) -> BytesIO:
    """A log of such commands, by their connections, which ends with that of whoever cleans up."""
    ended = [*lines, (3, "DEL jobs:a lock:a")]
    text = ""
    for number, (client, command) in enumerate(ended):
        words = " ".join(f'"{word}"' for word in command.split())
        text += f"17956923{number:02}.000000 [0 127.0.0.1:{client}] {words}\n"
    return BytesIO(text.encode())


def verdict(spec: Path, *lines: tuple[int, str]) -> str:
    (session,) = monitor(spec, [("log", log(*lines))]).sessions
    return session.standing


def test_of_what_is_not_read_the_model_says_what_it_was(tmp_path: Path) -> None:
    spec = written(tmp_path)
    puts = [(PRODUCER, f"RPUSH jobs:a {each}") for each in PACKED]
    rest = (WORKER, "SET lock:a true")
    assert verdict(spec, puts[0], (WORKER, "LPOP jobs:a"), puts[1], rest) == "holds"
    assert verdict(spec, (WORKER, "LPOP jobs:a"), *puts, rest) == "violated"


def test_without_that_it_is_no_value_of_the_spec(tmp_path: Path) -> None:
    spec = written(tmp_path, unread="about: jobs")
    assert verdict(spec, (PRODUCER, f"RPUSH jobs:a {PACKED[0]}")) == "unfit"


@pytest.mark.parametrize("option", ["", " EX 60", " PX 500"])
def test_an_option_that_is_not_read_may_be_sent_or_not(option: str, tmp_path: Path) -> None:
    lines = [(WORKER, "LPOP jobs:a"), (WORKER, f"SET lock:a true{option}")]
    lines += [(PRODUCER, f"RPUSH jobs:a {each}") for each in PACKED]
    assert verdict(written(tmp_path), *lines) == ("unfit" if "PX" in option else "violated")


def test_the_other_words_of_such_a_command_are_read(tmp_path: Path) -> None:
    lines = [(PRODUCER, "RPUSH jobs:a 1 2")]
    assert verdict(written(tmp_path), *lines) == "unfit"


def test_what_no_command_has_is_refused_at_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, unread="unread: [valeu]")
    with pytest.raises(SpecError) as caught:
        load(path, {})
    (mistake,) = caught.value.diagnostics
    assert mistake.message == "no command that a redis.list sends has a parameter valeu"
    assert mistake.hint == "did you mean value?"
    assert mistake.position.line == 5
