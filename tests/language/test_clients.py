"""What is written where a client of a resource is meant, and what the checker says about it."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_check.language import SpecError, load

SPEC = """\
resources:
  room: {kind: "redis.pubsub[1..3]"}
  line: {kind: "websocket[1..3]", count: 2}
  empty: {kind: "redis.pubsub[1..3]"}
vars:
  which: 0..3
  table: dict[0..1, bool]
processes:
  speaker:
    run: |
      speak: room.publish(2)
      call: empty.publish(1)
      draw: which = 2
      write: table[0] = True
  guest:
    count: 2
    run: |
      enter: room.subscribe()
      hear: _said = room.get_message()
  host:
    run: |
      enter: room.subscribe()
  client:
    count: 4
    run: |
      ask: line[self % 2].send(1)
define:
  asked: """
CLIENT = "a client calls a command for which it matters who calls"


def mistakes(folder: Path, formula: str) -> list[str]:
    """What is wrong with the formula: column in it, message, hint."""
    path = folder / "spec.yaml"
    path.write_text(f"{SPEC}{formula}\n")
    with pytest.raises(SpecError) as error:
        load(path)
    start = len("  asked: ")
    return [
        f"{each.position.column - start}: {each.message} ({each.hint})".removesuffix(" ()")
        for each in error.value.diagnostics
    ]


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("room.inbox[speaker]",
         f"12: speaker is no client here: only guest[0], guest[1] and host are ({CLIENT})"),
        ("speaker in room.subscribed",
         f"1: speaker is no client here: only guest[0], guest[1] and host are ({CLIENT})"),
        ("all(room.inbox[s] == [] for s in speaker)",
         f"16: speaker is no client here: only guest[0], guest[1] and host are ({CLIENT})"),
        ("empty.inbox[host]", f"13: host is no client here: nobody is ({CLIENT})"),
        ("line[0].inbox[client[1]]",
         f"15: client[1] is no client here: only client[0] and client[2] are ({CLIENT})"),
        ("room.inbox[guest]", "12: there are 2 instances of guest: say which, such as guest[0]"),
        ("room.inbox[guest[2]]", "18: 2 is outside of the index of guest, which is 0..1"),
        ("room.inbox[guest[nobody]]", "18: no such name: nobody"),
        ("room.inbox[gest]", "12: no such name: gest (did you mean guest?)"),
        ("room.inbox[0]", "12: the key is enum(guest[0], guest[1], host), this is 0"),
        ("line.inbox[client[0]]", "1: there are 2 of line: say which, such as line[0]"),
        ("line[which].inbox[client[0]]",
         "1: inbox has another type in each line: its clients differ "
         "(say which, such as line[0].inbox)"),
        ("all(line[n].inbox for n in range(2))",
         "5: inbox has another type in each line: its clients differ "
         "(say which, such as line[0].inbox)"),
        ("all(line[n].inbox[client[4]] == [] for n in range(2))",
         "26: 4 is outside of the index of client, which is 0..3"),
        ("all(line[n].inbox[client] == [] for n in range(2))",
         "19: there are 4 instances of client: say which, such as client[0]"),
        ("all(table[k] for k in table)",
         "23: `for` goes through a list or a set, this is dict[0..1, bool]"),
        ("host == 3", "1: host is a process: it has no value (read its variables with host.name, "
         "go through its instances with `for p in host`)"),
    ],
)  # fmt: skip
def test_what_is_no_client_is_told(tmp_path: Path, formula: str, told: str) -> None:
    (mistake,) = mistakes(tmp_path, formula)
    assert mistake.startswith(told)


def test_a_program_cannot_look_into_a_resource_for_a_client(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.replace("draw: which = 2", "draw: which = len(room.inbox[host])") + "1\n")
    with pytest.raises(SpecError, match="a program cannot look into room"):
        load(path)
