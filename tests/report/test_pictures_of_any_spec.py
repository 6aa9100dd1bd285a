"""What a picture must tell of any spec: who shares what, who waits, and what the reason names."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from model_check import Result, check
from model_check.report.pictures.trace_dot import trace_dot
from model_check.report.sequence.chips import chip_rows
from model_check.report.sequence.diagram import Diagram, sequence_of
from model_check.report.sequence.lifelines import SHARED
from model_check.report.words.keys import Keys
from model_check.results.check import ResourceView
from test_trace_picture import SVG, none_lies_over_another, shown, texts_of

COUPON = """\
model: coupon
resources:
  used:
    kind: redis.string[bool]
    key: coupon:{customer}:used
vars: {given: int}
processes:
  till:
    count: 2
    vars: {before: bool?}
    run: |
      look: before = used.get()
      if before is None:
          give: given += 1
          note: used.set(True)
properties:
  given_once: {always: given <= 1, expect: violated}
"""
TRAINS = """\
model: trains
vars: {east: bool, west: bool, rides: "list[int]"}
processes:
  up:
    run: |
      enter_east:
          await not east
          east = True
      enter_west:
          await not west
          west = True
      leave:
          rides.append(1)
          east = False
          west = False
  down:
    run: |
      enter_west:
          await not west
          west = True
      enter_east:
          await not east
          east = True
      leave:
          rides.append(2)
          east = False
          west = False
properties:
  all_ride: {finally: len(rides) == 2, expect: violated}
"""
ONE_TOO_FEW = """\
model: one-too-few
vars: {sent: int}
processes:
  one:
    run: |
      send: sent += 1
  other:
    run: |
      get: await sent > 1
properties:
  no_deadlock: {expect: violated}
"""
SHELVES = """\
model: shelves
resources:
  shelf: {kind: "redis.hash[1..3, int]", key: shelf}
  notes: {kind: "redis.list[int]", key: notes, initially: "[7]"}
processes:
  filler:
    run: |
      for place in range(1, 4):
          fill: shelf.hset(place, 4)
  writer:
    run: |
      write: notes.rpush(1)
properties:
  never_full:
    never: shelf.fields[3] == 4
    expect: violated
"""
SWITCHED_OFF = """\
model: switched-off
vars: {lit: bool = True, seen: 0..1 = 0}
processes:
  cat:
    run: |
      switch: lit = False
  guest:
    run: |
      look: if lit:
          see: seen = 1
properties:
  sees: {finally: seen == 1, expect: violated}
"""
RELAY = """\
model: relay
about: Parcels go through three hands; of many lists the property reads one.
constants: {PARCELS: 6}
types: {Parcel: "1..PARCELS"}
resources:
  belt: {kind: "redis.list[Parcel]", key: belt}
  out: {kind: "queue[Parcel]", bound: 9}
vars: {logged: "list[Parcel]", copied: "list[Parcel]"}
processes:
  packer:
    run: |
      for p in Parcel:
          log: logged.append(p)
          put: belt.rpush(p)
  carrier:
    vars: {carried: "list[Parcel]"}
    run: |
      for n in range(PARCELS):
          take: carried.append(belt.blpop())
          copy: copied.append(carried[-1])
          hand_on: out.put(carried[-1])
  door:
    vars: {taken: "list[Parcel]"}
    run: |
      for n in range(PARCELS):
          accept: taken.append(out.get())
properties:
  not_all: {never: len(door.taken) == PARCELS, expect: violated}
"""


def checked(folder: Path, text: str, *, reason: bool = True) -> Result:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return check(path, reason=reason)


def diagram_of(result: Result, name: str) -> Diagram:
    return sequence_of(result.report, result[name])


def words_of(result: Result, name: str, mark: str = "") -> list[str]:
    """The texts of a picture, which lie apart; of one marked group alone."""
    svg = result.svg(name)
    none_lies_over_another(svg)
    if not mark:
        return [shown(text) for text in texts_of(svg)]
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return [shown(t) for g in groups if g.get("data-mark") == mark for t in g.iter(f"{SVG}text")]


def arrows_of(diagram: Diagram, sort: str) -> list[tuple[str, str, str]]:
    """Of all arrows of a sort: from where, to where, and the text."""
    messages = [message for row in diagram.rows for message in row.messages]
    return [(m.source.name, m.target.name, m.text) for m in messages if m.sort == sort]


def test_what_several_processes_share_has_a_lifeline_and_each_write_is_an_arrow(
    tmp_path: Path,
) -> None:
    result = checked(tmp_path, COUPON)
    diagram = diagram_of(result, "given_once")
    assert [(each.name, each.sort) for each in diagram.lifelines] == [
        ("till[0]", "process"),
        ("Redis", "server"),
        (SHARED, "shared"),
        ("till[1]", "process"),
    ]
    assert arrows_of(diagram, "write") == [
        ("till[0]", SHARED, "given = 1"),
        ("till[1]", SHARED, "given = 2"),
    ]
    assert [h.holder.name for row in diagram.rows for h in row.held if h.name == "given"] == [
        SHARED
    ]
    assert "given <= 1: given = 2" in words_of(result, "given_once")
    mermaid = result.mermaid("given_once")
    assert f"participant p2 as {SHARED}" in mermaid
    assert "p0->>p2: 2. give: given = 1" in mermaid


def test_events_of_the_reason_that_the_trace_does_not_have_are_drawn_as_that(
    tmp_path: Path,
) -> None:
    result = checked(tmp_path, COUPON)
    diagram = diagram_of(result, "given_once")
    steps = len(result.trace("given_once").steps)
    assert [(row.actor and row.actor.name, row.label) for row in diagram.outside] == [
        ("till[1]", "note"),
        ("till[0]", "note"),
    ]
    assert diagram.orderings == ((1, steps + 1), (3, steps + 2))
    assert diagram.window == (1, steps)
    assert words_of(result, "given_once", "outside") == ["note", "not in this trace"] * 2
    assert "Note over p3: note: not in this trace" in result.mermaid("given_once")


def test_a_key_stands_once_at_its_server_and_nothing_looks_like_a_failed_substitution(
    tmp_path: Path,
) -> None:
    result = checked(tmp_path, COUPON)
    words = words_of(result, "given_once")
    assert words.count("used = coupon:<customer>:used") == 1
    assert "GET used → none" in words
    assert "participant p1 as Redis<br/>used = coupon:#lt;customer#gt;:used" in result.mermaid(
        "given_once"
    )
    table = trace_dot(result.report, result["given_once"])
    assert "{customer}" not in result.svg("given_once") + result.mermaid("given_once") + table


def test_a_command_names_the_resource_where_it_has_its_key_and_nowhere_else() -> None:
    views = [
        ResourceView("e", "redis", "E", (), between=False),
        ResourceView("bus", "redis", "orders:{shop}", (), between=False),
        ResourceView("room[0]", "redis", "room:{n}", (), between=False),
        ResourceView("room[1]", "redis", "room:{n}", (), between=False),
        ResourceView("plain", "redis", "plain", (), between=False),
        ResourceView("socket", "", "", (), between=True),
    ]
    keys = Keys(views)
    assert keys.short("SET E E", "e") == "SET e E"
    assert keys.short("XREAD BLOCK 0 STREAMS orders:{shop} 0", "bus") == (
        "XREAD BLOCK 0 STREAMS bus 0"
    )
    assert keys.short("(receive orders:{shop})", "bus") == "(receive bus)"
    assert keys.short("SEND orders:{shop}", "socket") == "SEND orders:{shop}"
    assert keys.shorter("in BLPOP orders:{shop} 0") == "in BLPOP bus 0"
    assert keys.shorter("in BLPOP room:{n} 0") == "in BLPOP room:<n> 0"  # of two: which is not said
    assert keys.patterns(view.name for view in views) == (
        "e = E",
        "bus = orders:<shop>",
        "room = room:<n>",
    )


def test_a_deadlock_shows_who_waits_for_whom(tmp_path: Path) -> None:
    result = checked(tmp_path, TRAINS)
    diagram = diagram_of(result, "no_deadlock")
    assert [(row.actor and row.actor.name, row.label) for row in diagram.waits] == [
        ("up", "waits at enter_west"),
        ("down", "waits at enter_east"),
    ]
    assert arrows_of(diagram, "cycle") == [
        ("up", "down", "for `not west`"),
        ("down", "up", "for `not east`"),
    ]
    assert words_of(result, "no_deadlock", "waits") == [
        "end", "for `not west`", "waits at enter_west",
        "end", "for `not east`", "waits at enter_east",
    ]  # fmt: skip
    mermaid = result.mermaid("no_deadlock")
    assert "p0-->>p2: waits at enter_west: for #96;not west#96;" in mermaid
    table = trace_dot(result.report, result["no_deadlock"])
    assert "a cycle of waiting: up waits for down, and down for up" in table
    assert not diagram_of(checked(tmp_path, SWITCHED_OFF), "sees").waits


def test_what_nobody_can_give_any_more_is_said_where_it_is_waited_for(tmp_path: Path) -> None:
    words = words_of(checked(tmp_path, ONE_TOO_FEW), "no_deadlock", "waits")
    assert words == ["end", "for `sent > 1`", "nobody can change that any more", "waits at get"]


@pytest.mark.parametrize("reason", [True, False])
def test_what_a_resource_holds_stands_at_its_server(tmp_path: Path, reason: bool) -> None:
    result = checked(tmp_path, SHELVES, reason=reason)
    diagram = diagram_of(result, "never_full")
    held = [each for row in diagram.rows for each in row.held]
    shelves = {each.name: each.holder.name for each in held if each.name != "notes"}
    assert shelves == dict.fromkeys(("shelf[1]", "shelf[2]", "shelf[3]"), "Redis")
    assert [each.name for each in held if each.read] == ["shelf[3]"]


def test_a_resource_that_the_run_does_not_touch_is_not_held_by_a_process(tmp_path: Path) -> None:
    result = checked(tmp_path, SHELVES)
    assert all(step.instance != "writer" for step in result.trace("never_full").steps)
    start = diagram_of(result, "never_full").groups[0].rows[0]
    assert [(each.name, each.holder.name) for each in start.held] == [("notes", "Redis")]


def test_a_step_that_only_looked_says_what_it_found_and_the_end_what_it_depends_on(
    tmp_path: Path,
) -> None:
    result = checked(tmp_path, SWITCHED_OFF)
    words = words_of(result, "sees")
    assert "lit is False" in words
    assert "lit = False" in words
    assert "seen == 1: seen = 0" in words
    diagram = diagram_of(result, "sees")
    # Only the guest has to do with `seen`: it is no matter between processes.
    held = {each.name: each.holder.name for each in diagram.groups[0].rows[0].held}
    assert held == {"lit": SHARED, "seen": "guest"}


def test_lists_that_the_formula_reads_come_first_and_are_whole(tmp_path: Path) -> None:
    result = checked(tmp_path, RELAY, reason=False)
    rows = chip_rows(result["not_all"])
    assert rows[0].name == "door.taken"
    assert [chip.text for chip in rows[0].chips] == ["1", "2", "3", "4", "5", "6"]
    words = words_of(result, "not_all")
    first, *others = [words.index(n) for n in ("door.taken", rows[1].name)]
    assert all(first < other for other in others)


def test_no_list_that_the_formula_reads_is_left_out_however_many_there_are(tmp_path: Path) -> None:
    names = [f"list_{n}" for n in range(5)]
    lists = ", ".join(f"{name}: 'list[int]'" for name in names)
    steps = "".join(f"      fill_{n}: {name}.append({n})\n" for n, name in enumerate(names))
    all_filled = " and ".join(f"len({name}) == 1" for name in names)
    text = (
        f"model: many\nvars: {{{lists}}}\nprocesses:\n  p:\n    run: |\n{steps}"
        f"properties:\n  not_all:\n    never: {all_filled}\n    expect: violated\n"
    )
    result = checked(tmp_path, text, reason=False)
    assert [row.name for row in chip_rows(result["not_all"])] == names
    assert {*names} <= {*words_of(result, "not_all")}
