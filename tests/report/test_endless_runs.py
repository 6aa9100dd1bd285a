"""A run that never ends, and the new forms, in everything that a user sees."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import networkx
import pytest
from model_check import Result
from model_check.report.documents.check import RESULT
from model_check.report.documents.files import Outputs, write_outputs
from model_check.report.documents.itf import itf_document
from model_check.report.page.data import page_data
from model_check.report.pictures.fonts import text_width
from model_check.report.pictures.layout_program import NoImage
from model_check.report.pictures.space import picture_of, space_dot
from model_check.report.pictures.trace_dot import trace_dot
from model_check.report.sequence.diagram import sequence_of
from model_check.report.sequence.folding import folds
from model_check.report.text.terminal import render_text
from model_check.report.words.columns import display_width
from model_check.report.words.runs import fairness_text, moments_text, when_text
from report.endless_specs import ENDLESS, ENDS, checked

SCHEMA = Path(__file__).parents[2] / "docs" / "result.schema.json"
ALL = {**ENDLESS, "ends": ENDS}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """Every spec, checked once."""
    return {name: checked(tmp_path_factory.mktemp(name), text) for name, text in ALL.items()}


def section(result: Result, start: str) -> str:
    """The part of the text that begins so, to its end or the next property's."""
    text = result.text()
    names = "|".join(each.name for each in result)
    rest = text[text.index(start) + len(start) :]
    found = re.search(rf"\n\n(?:({names}) (?:is possible|is violated (?:after|by))|explored)", rest)
    assert found is not None
    return start + rest[: found.start()]


# --- the text --------------------------------------------------------------------------------


def test_a_poll_whose_worker_died_is_told_to_somebody_who_never_heard_of_a_lasso(
    made: dict[str, Result],
) -> None:
    assert (
        section(made["poll"], "answered is violated by")
        == """\
answered is violated by a run that never ends: steps 3 and 4 come again and again, for ever
answered is violated exactly when worker.die happens (proved by search)

step  worker  customer  what happened          what changed
   0                                           orders [1]
   1  take              LPOP shop:orders -> 1  orders []  worker.order 1
   2  die
-- point of no return: from step 2 on the violation is certain -------------------------------------
-- from here on it goes round ----------------------------------------------------------------------
   3          ask       paid is False
   4          wait
-- and so on for ever: steps 3 and 4 ---------------------------------------------------------------

no end: after step 4 everything is as it was after step 2, and so on for ever
  `paid` is false all the way round: it never becomes true for good
  meanwhile worker has ended
  worker.order = 1
* paid         = False

z3 was not asked: it is asked about states, and here a run or a step violates"""
    )


def test_the_same_run_is_told_once_and_what_never_came_for_each(made: dict[str, Result]) -> None:
    text = made["poll"].text()
    assert text.count("-- from here on it goes round") == 1
    assert (
        "  by the run that violates answered, above\n  `paid` is true in no state of this run"
        in text
    )
    assert "`not paid` is true at the start, and `paid` is never true from then on" in text
    assert text.count("is violated exactly when worker.die happens") == 1


def test_a_loop_from_the_initial_state_has_its_mark_at_the_start(made: dict[str, Result]) -> None:
    lines = made["ring"].timeline("finished").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("   0"))
    assert lines[start + 1].startswith("-- certain from the start: every fair run violates it")
    assert lines[start + 2].startswith("-- from here on it goes round")
    assert "no end: after step 6 everything is as it was at the start, and so on for ever" in lines


@pytest.mark.parametrize(
    ("spec", "name", "lines"),
    [
        ("poll", "answered", ["meanwhile worker has ended"]),
        ("retry", "one_wins", ["every process takes a step in the loop: nobody is passed over"]),
        ("lock", "served", [
            "slow stays at take: it can go on after step 2, and not all the time",
            "Fairness promises a step only to who can take one all the time. With fairness: strong"
            " on slow, this loop would not count",
        ]),
        ("choice", "stops", [
            "meanwhile waiter waits at wait and cannot go on",
            "chooser never takes stop, which it can after step 1",
            "idler stays at begin: it can go on after step 1, and need not (fairness: none)",
            "A free choice may go the same way for ever. With strong: [stop] on chooser, this loop"
            " would not count",
        ]),
    ],
)  # fmt: skip
def test_why_a_loop_is_fair_is_said(
    made: dict[str, Result], spec: str, name: str, lines: list[str]
) -> None:
    assert list(fairness_text(made[spec][name])) == lines


@pytest.mark.parametrize(
    ("spec", "name", "line"),
    [
        ("ring", "finished",
         "`two` is false after steps 1 to 3 and 6, again and again:"
         " it never becomes true for good"),
        ("ring", "worked", "`work == 1` is true in no state of this run"),
        ("ring", "settles", "`two` is true after steps 4 and 5, and in no other state"),
        ("ends", "answer",
         "`asked` is true after step 2, and `answered` is never true from then on"),
        ("ends", "some", "`n == 3` is true in no state of this run"),
    ],
)  # fmt: skip
def test_what_never_came_is_said(made: dict[str, Result], spec: str, name: str, line: str) -> None:
    assert moments_text(made[spec][name]) == (line,)


def test_a_formula_of_time_is_told_name_by_name(made: dict[str, Result]) -> None:
    assert moments_text(made["ends"]["form"]) == (
        "`asked` is true after steps 2 to 4, and in no other state",
        "`answered` is true in no state of this run",
    )


def test_a_step_that_violates_is_named_and_no_state_is_blamed(made: dict[str, Result]) -> None:
    text = section(made["ends"], "grows is violated by")
    assert text.startswith("grows is violated by step 3, asker.less\n")
    assert "\nend: the last step violates the property\n" in text
    assert text.endswith("\nsteps that violate grows lead to 3 states")


def test_ends_are_counted_and_no_state_is_said_to_violate_a_run(made: dict[str, Result]) -> None:
    assert "\nruns that violate some and end do so in 2 states\n" in made["ends"].text()


def test_what_is_possible_is_shown_by_its_shortest_run(made: dict[str, Result]) -> None:
    text = section(made["ends"], "can is possible")
    assert text.startswith(
        "can is possible: the shortest run to such a state has 4 steps\n  answered and n == 1: "
    )
    assert "\nend: nothing can happen any more\n" in text
    text = made["ends"].text()
    assert "already is possible: the initial state is so already (0 steps)\n" in text
    assert "\n    no reachable state has it (11 states, all of them looked at)\n" in text
    assert text.index("form is violated") < text.index("can is possible")


@pytest.mark.parametrize("name", list(ALL))
@pytest.mark.parametrize("width", [48, 60, 80, 120])
def test_the_text_keeps_within_its_width_and_says_of_no_loop_how_many_states_violate(
    made: dict[str, Result], name: str, width: int
) -> None:
    text = render_text(made[name].report, width)
    body = [line for line in text.splitlines() if not line.startswith(("again:", "  "))]
    assert max(map(display_width, body)) <= width
    assert not re.search(r"\b0 states? violate", text)
    for each in made[name]:
        if each.trace is not None and each.trace.end == "loop":
            assert each.violating_states == 0
            assert not re.search(rf"states? violates? {each.name}\b", text)


@pytest.mark.parametrize(
    ("moments", "text"),
    [
        ([0], "at the start"),
        ([3], "after step 3"),
        ([0, 1, 2], "at the start and after steps 1 and 2"),
        ([1, 2, 3, 7], "after steps 1 to 3 and 7"),
        ([1, 3, 5, 7, 9, 11], "after steps 1, 3, 5, 7 and 2 more"),
        ([1000, 1001, 1002], "after steps 1,000 to 1,002"),
    ],
)
def test_moments_are_told_by_the_steps_before_them(moments: list[int], text: str) -> None:
    assert when_text(moments) == text


# --- documents -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(ALL))
def test_the_result_fits_its_schema_and_tells_the_loop(made: dict[str, Result], name: str) -> None:
    document = json.loads(RESULT.text(made[name].report))
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    for each, told in zip(made[name], document["properties"], strict=True):
        if each.trace is not None:
            assert told["trace"]["loop_from"] == each.trace.loop_from
            assert (told["trace"]["end"] == "loop") == (each.trace.loop_from is not None)
        assert [m["true"] for m in told["moments"]] == [list(m.true) for m in each.moments]
        assert [p["why"] for p in told["passed_over"]] == [p.why for p in each.passed_over]


def test_a_lasso_in_the_trace_format_of_apalache_goes_from_its_last_state_to_loop(
    made: dict[str, Result],
) -> None:
    """Its loop ends in the last state, so what follows that is the state `loop`."""
    trace = made["poll"].trace("answered")
    document = itf_document(trace, "poll.yaml", "")
    states = [
        {**{n: s[n] for n in document["vars"]}, **s["#meta"]["locations"]}
        for s in document["states"]
    ]
    assert document["loop"] == 3
    assert states[-1] == states[document["loop"] - 1]
    assert document["states"][document["loop"]]["#meta"]["event"] == "customer.ask"
    assert "loop" not in itf_document(made["ends"].trace("answer"), "ends.yaml", "")


def test_every_trace_has_its_files(made: dict[str, Result], tmp_path: Path) -> None:
    wanted = Outputs(draw=True, graphml=True, formats=("svg", "mermaid"))
    result = made["poll"]
    write_outputs(
        result.report, result.states, tmp_path, wanted,
        painter=lambda dot, form: NoImage("none is asked"), tables=result.tables,
    )  # fmt: skip
    names = {path.name for path in (tmp_path / "poll").iterdir()}
    for name in ("answered", "comes", "asked", "can"):
        assert {f"{name}.svg", f"{name}.mmd", f"{name}.itf.json", f"{name}.dot"} <= names
    assert "cannot.svg" not in names
    graph = networkx.read_graphml(tmp_path / "poll" / "space.graphml", force_multigraph=True)
    around = [(a, b) for a, b, d in graph.edges(data=True) if "answered" in d["loops"].split()]
    nodes = {n for n, d in graph.nodes(data=True) if "answered" in d["loops"].split()}
    assert len(around) == 2
    assert {a for a, _ in around} == {b for _, b in around} == nodes


# --- pictures --------------------------------------------------------------------------------

LASSOS = [
    ("poll", "answered"), ("retry", "one_wins"), ("lock", "served"), ("ring", "settles"),
    ("choice", "stops"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "name"), LASSOS)
def test_the_diagram_has_a_bracket_around_exactly_what_goes_round(
    made: dict[str, Result], spec: str, name: str
) -> None:
    svg, trace = made[spec].svg(name), made[spec].trace(name)
    assert trace.loop_from is not None
    bracket = re.search(r'<g data-mark="loop">.*?</g>', svg, re.DOTALL)
    assert bracket is not None
    assert ">for ever</text>" in bracket[0]
    path = re.search(r'd="M[\d.]+ ([\d.]+)H[\d.]+V([\d.]+)H', bracket[0])
    assert path is not None
    bottom, top = float(path[1]), float(path[2])
    numbers = {
        int(text): float(y)
        for y, text in re.findall(r'<text x="24" y="([\d.]+)"[^>]*>(\d+)</text>', svg)
    }
    inside = {number for number, y in numbers.items() if top - 8 < y - 4 < bottom + 8}
    assert inside == set(range(trace.loop_from + 1, len(trace.steps) + 1))


def test_a_long_loop_is_folded_and_nothing_is_folded_over_its_beginning(
    made: dict[str, Result],
) -> None:
    alike = ["a"] * 30 + ["b", "c"] * 10
    assert [(f.start, f.stop) for f in folds(alike, frozenset(), (15,))] == [
        (0, 15), (15, 30), (30, 50),
    ]  # fmt: skip
    assert [(f.start, f.stop) for f in folds(alike, frozenset({17}), (15, 30))] == [
        (0, 15), (15, 16), (16, 17), (17, 30), (30, 50),
    ]  # fmt: skip
    diagram = sequence_of(made["ring"].report, made["ring"]["finished"])
    assert diagram.loop == (1, 6)


@pytest.mark.parametrize(("spec", "name"), LASSOS)
def test_mermaid_has_a_frame_for_ever_and_closes_all_of_its_frames(
    made: dict[str, Result], spec: str, name: str
) -> None:
    lines = [line.strip() for line in made[spec].mermaid(name).splitlines()]
    opened = [line for line in lines if line.startswith(("loop ", "rect ", "par "))]
    assert len(opened) == lines.count("end")
    assert sum(line.startswith("loop for ever: step") for line in opened) == 1
    assert lines[-2] == "end"


def test_the_table_of_a_trace_says_where_it_goes_round(made: dict[str, Result]) -> None:
    dot = trace_dot(made["poll"].report, made["poll"]["answered"])
    assert dot.index("from here on for ever: steps 3 and 4") < dot.index("<B>ask</B>")
    assert "No end: after step 4 everything is as it was after step 2" in dot


def test_the_space_marks_what_comes_again_and_again(made: dict[str, Result]) -> None:
    result = made["poll"]
    picture = picture_of(result.report, result.states)
    again = [node.number for node in picture.nodes if node.again]
    lasso = result._judgement.lassos["answered"]
    assert {picture.node_of[state] for state in lasso.states[lasso.loop_from :]} == set(again)
    (closing,) = [edge for edge in picture.edges if edge.closes]
    assert closing.turns == (4,)
    dot = space_dot(result.report, picture)
    assert dot.count("and so on for ever") == 1
    assert "red border: again and again, for ever" in dot
    assert "violates answered" not in dot


def test_no_state_is_said_to_violate_what_a_step_or_a_run_violates(
    made: dict[str, Result],
) -> None:
    result = made["ends"]
    dot = space_dot(result.report, picture_of(result.report, result.states))
    assert "a step that violates grows leads here" in dot
    assert "a run that violates answer ends here" in dot
    assert "red: after a step that violates, or a run that violates ends" in dot


# --- the page --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(ALL))
def test_the_tables_of_the_page_go_round(made: dict[str, Result], name: str) -> None:
    result = made[name]
    tables = result.tables(5_000)
    data = page_data(result.report, tables)
    for each in result:
        if each.name not in data["traces"]:
            continue
        told = data["traces"][each.name]
        rows = [told["start"], *told["hops"][1::2]]
        assert each.trace is not None
        assert told["loop"] == each.trace.loop_from
        if told["loop"] is not None:
            assert rows[-1] == rows[told["loop"]]
        acts = []
        for before, edge in zip(rows, told["hops"][::2], strict=False):
            acts.append(data["acts"][data["edges"][before][2 * edge]][1])
        assert acts == [re.sub(r"#\d+$", "", step.event) for step in each.trace.steps]


def test_the_page_knows_what_a_state_tells_of_a_property(made: dict[str, Result]) -> None:
    data = page_data(made["ends"].report, made["ends"].tables(5_000))
    assert data["judged"] == {"answer": "runs", "some": "runs", "grows": "steps", "form": "runs"}
    assert page_data(made["poll"].report, made["poll"].tables(5_000))["judged"] == {}
    assert {"can", "already"} <= set(data["traces"])
    assert "cannot" not in data["traces"]


def test_of_two_steps_to_one_state_the_page_takes_that_of_the_lasso(tmp_path: Path) -> None:
    """Both spin in the same state; a fair loop has a step of each."""
    text = (
        "model: spin\nvars: {over: bool}\nprocesses:\n  one:\n    run: |\n      while True:\n"
        "          turn: if over:\n              break\n  other:\n    run: |\n      while True:\n"
        "          turn: if over:\n              break\nproperties:\n  ends: {eventually: over}\n"
    )
    result = checked(tmp_path, text)
    steps = [step.event for step in result.trace("ends").steps]
    assert sorted(steps) == ["one.turn", "other.turn"]
    data = page_data(result.report, result.tables(5_000))
    told = data["traces"]["ends"]
    assert [data["acts"][data["edges"][0][2 * edge]][1] for edge in told["hops"][::2]] == steps


def test_the_words_beside_the_bracket_have_room() -> None:
    assert text_width("for ever", 12.5, "bold") < 80


def test_a_result_tells_the_loop_of_its_trace(made: dict[str, Result]) -> None:
    assert made["lock"].trace("served").loop_from == 0
    assert made["ends"].trace("can").loop_from is None
    with pytest.raises(ValueError, match="no reachable state has it"):
        made["ends"].trace("cannot")


def test_what_keeps_the_branches_of_a_process_from_going_on_is_said_once(tmp_path: Path) -> None:
    result = checked(
        tmp_path,
        """\
model: branches
vars: {n: 0..1, over: bool, x: bool, y: bool}
processes:
  a:
    run: |
      both:
          wait: await x
      and:
          hold: await y
  b:
    run: |
      while True:
          go: n = 1 - n
  c:
    run: |
      both:
          one: await n == 1
      and:
          two: await n == 1
properties:
  p: {finally: over}
""",
    )
    assert fairness_text(result["p"])[:2] == (
        "meanwhile a waits at wait and hold and cannot go on",
        "c stays at one and two: it can go on after step 1, and not all the time",
    )
