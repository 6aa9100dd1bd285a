"""How a steered run is told: in text, in pictures, in files. The runs are written by hand."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator
from model_check import monitor
from model_check.report.documents.steer import STEERED
from model_check.report.documents.steer_files import write_steered
from model_check.report.folder import OutputError
from model_check.report.pictures.steer import steer_svg
from model_check.report.text.steer import render_steer
from model_check.report.words.columns import display_width
from model_check.report.words.steered_session import session_of
from model_check.report.words.steering import departure_text, outcome_text
from model_check.results.monitor import KeptRace, SeenEvent
from model_check.results.steer import Departure, SteeredRun, SteerResult, Turn
from steer_samples import SPEC, carried_out, departed, judged, never_came, of_schedules, of_trace

HERE = Path(__file__).parent / "snapshots"
MENDED = "specs/fix-both.yaml"


def kept_run(number: int) -> SteeredRun:
    """A run of a mended system, carried out: nothing is violated."""
    run = carried_out(number)
    assert run.session is not None
    good = tuple(
        replace(each, verdict="holds", violating=0, races=(), endings=(), evidence=None)
        for each in run.session.properties
    )
    session = replace(run.session, properties=good)
    return replace(run, session=session, screens=(), status=0, ended=False)


def many() -> SteerResult:
    """Forty schedules of a mended system, of which the services left three."""
    runs = [kept_run(n) if n not in (7, 12, 33) else departed(n) for n in range(1, 41)]
    return of_schedules(runs, 40)


def text(found: SteerResult, width: int = 100, path: str = SPEC, **looks: bool) -> str:
    return render_steer(found, path, width, **{"color": False, "unicode": True, **looks})


TOLD: dict[str, Callable[[], str]] = {
    "carried-out.txt": lambda: text(of_trace(carried_out())),
    "departed.txt": lambda: text(of_trace(departed())),
    "never-came.txt": lambda: text(of_trace(never_came()), 80),
    "schedules.txt": lambda: text(many(), 100, MENDED),
    "schedules-ascii.txt": lambda: text(many(), 70, MENDED, unicode=False),
    "carried-out.svg": lambda: steer_svg(of_trace(carried_out()), carried_out()),
    "departed.svg": lambda: steer_svg(of_trace(departed()), departed()),
}
"""What is kept as it was looked at, by the end of its file's name."""


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_of_steered_runs_is_what_was_looked_at(name: str) -> None:
    made = TOLD[name]()
    made = made if made.endswith("\n") else f"{made}\n"
    place = HERE / f"steer-{name}"
    if os.environ.get("MODEL_CHECK_KEEP"):
        place.write_text(made, encoding="utf-8")
    assert made == place.read_text(encoding="utf-8"), "MODEL_CHECK_KEEP=1 writes it anew: look"


@pytest.mark.parametrize("width", [50, 60, 80, 132])
def test_lines_keep_within_the_width(width: int) -> None:
    for found in (of_trace(carried_out()), of_trace(departed()), of_trace(never_came()), many()):
        least = max(width, 60)  # a session's verdict takes these
        lines = text(found, width).splitlines()[1:]  # the title is one line
        assert max(map(display_width, lines)) <= least


def test_what_the_services_did_otherwise_stands_first() -> None:
    shown = text(of_trace(departed())).splitlines()
    assert shown[3] == (
        "your system does something else at step 1: gateway sent SUBSCRIBE before LRANGE"
    )


def test_a_run_says_nothing_of_all_runs() -> None:
    for found in (of_trace(carried_out()), of_trace(departed()), many()):
        assert not re.search(r"\bholds\b(?! in)", text(found))
    assert "no_loss is not violated in this run" in text(many_kept_and_one_open())


def many_kept_and_one_open() -> SteerResult:
    run = kept_run(1)
    assert run.session is not None
    note = replace(run.session, note="a line of nobody's")
    open_one = tuple(
        replace(each, verdict="undetermined") if each.name == "saved_is_shown" else each
        for each in note.properties
    )
    found = of_schedules([replace(run, session=replace(note, properties=open_one))], 40)
    return replace(found, expected={**found.expected, "saved_is_shown": ("holds",)})


# --- exit codes ----------------------------------------------------------------------------------


def unfit(run: SteeredRun) -> SteeredRun:
    """A run of which the lines are no behaviour of the model."""
    return replace(run, session=departed().session)


OUTCOMES: dict[str, tuple[SteerResult, int]] = {
    "carried out, and lost as the model says": (of_trace(carried_out()), 0),
    "carried out, and lost nothing": (of_trace(kept_run(1)), 1),
    "carried out, and then no behaviour": (of_trace(unfit(carried_out())), 1),
    "carried out, and left open": (of_trace(replace(carried_out(), session=None)), 3),
    "left": (of_trace(departed()), 1),
    "never came": (of_trace(never_came()), 2),
    "no run, and nothing said": (replace(of_trace(never_came()), runs=(), expected={}), 2),
    "interrupted before the first": (
        replace(of_trace(never_came()), runs=(), expected={}, stopped="interrupted"), 3,
    ),
    "all kept": (of_schedules([kept_run(n) for n in (1, 2)], 2), 0),
    "all kept, and fewer than asked for": (
        replace(of_schedules([kept_run(1)], 2), stopped="interrupted"), 3,
    ),
    "one left": (many(), 1),
    "one never came": (of_schedules([kept_run(1), never_came(2)], 2), 2),
    "one undetermined": (many_kept_and_one_open(), 3),
    "a test of the user's own failed": (of_schedules([replace(kept_run(1), status=1)], 1), 1),
    "killed": (of_schedules([replace(kept_run(1), status=-9)], 1), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_exit_code_follows_from_what_came_of_the_runs(name: str) -> None:
    found, code = OUTCOMES[name]
    assert found.exit_code == code


def test_schedules_of_a_broken_system_end_with_1_only_where_the_spec_expects_more() -> None:
    lost = of_schedules([carried_out(1)], 1)
    lost = replace(lost, expected={"no_loss": ("violated",)})
    assert lost.exit_code == 1
    assert "no_loss is violated in 1 of 1 run; the spec expects it to hold" in text(lost)
    expected = replace(lost, promised=())
    assert expected.exit_code == 0
    assert "the first that violates no_loss" in text(expected)


def test_a_failing_test_is_no_surprise_where_the_model_loses_too() -> None:
    assert of_trace(replace(carried_out(), status=1)).exit_code == 0


# --- where a schedule was left -------------------------------------------------------------------

READ = Turn(1, 1, "gateway", "gateway.read_history", ("LRANGE h:{session} 0 -1",))
BOTH = Turn(1, 4, "saver", "saver.store", ("SET a:{session} 1", "PUBLISH c:{session} 1"))
GETS = Turn(2, 6, "gateway", "gateway.forward[8]", (), receives=True)


@pytest.mark.parametrize(
    ("turn", "instead", "told"),
    [
        (READ, "gateway: SUBSCRIBE c:1", "gateway sent SUBSCRIBE before LRANGE"),
        (READ, 'gateway: "subscribe" "c:1"', "gateway sent SUBSCRIBE before LRANGE"),
        (READ, "", "gateway did not send LRANGE"),
        (
            READ, "gateway: LRANGE h:1 0 4",
            "gateway sent LRANGE h:1 0 4 instead of LRANGE h:{session} 0 -1",
        ),
        (BOTH, "saver: SET a:1 1", "saver sent SET before SET and PUBLISH as one"),
        (BOTH, "", "saver did not send SET and PUBLISH as one"),
        (GETS, "", "the message of gateway.forward[8] never came"),
        (
            GETS, "gateway: GET k:1",
            "gateway sent GET before the message of gateway.forward[8] came",
        ),
    ],
)  # fmt: skip
def test_a_departure_is_told_by_what_came_instead(turn: Turn, instead: str, told: str) -> None:
    assert departure_text(Departure(turn, (), instead, (), 5.0, "else")) == told


def test_commands_that_nobody_knows_are_named() -> None:
    left = departed()
    assert left.departure is not None
    unknown = replace(left.departure, instead="", held=(), unknown=("LTRIM chat:history:s1 0 5",))
    shown = text(of_trace(replace(left, departure=unknown)))
    assert "gateway did not send LRANGE" in shown
    assert "no process of the spec sends this: LTRIM chat:history:s1 0 5" in shown


def fitting(run: SteeredRun, verdict: str) -> SteeredRun:
    kept = kept_run(run.number).session if verdict == "holds" else carried_out().session
    return replace(run, session=kept)


def test_where_the_services_went_instead_is_judged_too() -> None:
    other = text(of_trace(fitting(departed(), "holds")))
    assert "another run of legacy, in which nothing is violated" in other.replace("\n  ", " ")
    lost = text(of_trace(fitting(departed(), "violated"))).replace("\n  ", " ")
    assert "another run of legacy, and it violates no_loss, saved_is_shown all the same" in lost


def test_an_answer_that_is_not_the_models_is_told_beside_it() -> None:
    run = carried_out()
    first = replace(run.commands[0], differs="[1, 2, 3, 4, 5]")
    found = of_trace(replace(run, commands=(first, *run.commands[1:])))
    assert "the model's answer: [1, 2, 3, 4, 5]" in text(found)
    assert "1 answer is not the model's" in text(found)
    assert found.exit_code == 1


# --- many runs -----------------------------------------------------------------------------------


def test_runs_of_which_the_same_is_to_be_said_are_one_row() -> None:
    shown = text(many(), 100, MENDED)
    rows = [line for line in shown.splitlines() if re.match(r"  [✓✗?] ", line)]
    assert [line.split()[:3] for line in rows] == [["✗", "3", "7"], ["✓", "37", "1"]]
    assert "every one was tried, 37 could be carried out" in shown.replace("\n  ", " ")


@pytest.mark.parametrize(
    ("orders", "runs", "told"),
    [
        (None, 2, "was not counted: --explore does"),
        (9, 2, "9 orders of the commands that the proxy sees, independent ones in one: 2 were"),
        (2, 2, "every one was carried out"),
    ],
)  # fmt: skip
def test_it_is_told_how_many_orders_there_are(orders: int | None, runs: int, told: str) -> None:
    found = of_schedules([kept_run(n) for n in range(1, runs + 1)], orders)
    assert told in text(found, 200)


def test_instances_that_a_log_cannot_tell_apart_have_the_names_of_the_trace() -> None:
    run = carried_out()
    other = {"gateway": "ai_service", "ai_service": "gateway"}
    session = run.session
    assert session is not None

    def renamed(text: str) -> str:
        return re.sub(r"(gateway|ai_service)(?=\.)", lambda found: other[found[0]], text)

    def event(each: SeenEvent) -> SeenEvent:
        return replace(each, name=renamed(each.name), instance=other[each.instance])

    def race(each: KeptRace) -> KeptRace:
        window = each.window
        assert window is not None
        window = replace(
            window,
            instance=other[window.instance],
            opened=event(window.opened),
            closed=event(window.closed),
        )
        facts = tuple(map(renamed, each.facts))
        return replace(each, facts=facts, events=tuple(map(event, each.events)), window=window)

    properties = tuple(
        replace(each, races=tuple(map(race, each.races))) for each in session.properties
    )
    connections = {other[name]: those for name, those in session.connections.items()}
    confused = replace(session, properties=properties, connections=connections)
    assert confused != session
    assert session_of(replace(run, session=confused)) == session
    assert session_of(run) == session


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_the_written_log_is_judged_again_as_the_run_was(folder: Path) -> None:
    for run in (carried_out(), departed()):
        found = write_steered(of_trace(run), SPEC, folder)
        log = next(each for each in found.files if each.endswith("monitor.log"))
        again = monitor(SPEC, [log])
        assert again.sessions == (run.session,)
        command = f"model-check monitor {SPEC} {log}"
        assert command in re.sub(r"\n\s*", " ", text(found, 250))


def test_files_are_in_the_folder_of_the_model_and_old_ones_go(folder: Path) -> None:
    write_steered(many(), MENDED, folder)
    place = folder / "fix-both" / "steer"
    (place / "mine.log").write_text("")
    names = {each.name for each in place.iterdir()}
    assert names == {
        "monitor-1.log", "sequence-1.svg", "monitor-7.log", "sequence-7.svg", "result.json",
        "mine.log",
    }  # fmt: skip
    found = replace(of_trace(carried_out()), model="fix-both")
    write_steered(found, MENDED, folder)
    names = {each.name for each in place.iterdir()}
    assert names == {"monitor.log", "sequence.svg", "result.json", "mine.log"}
    assert {each.name for each in folder.rglob("*")} == {*names, "fix-both", "steer", ".gitignore"}


def test_nothing_is_written_through_a_link(folder: Path, tmp_path: Path) -> None:
    (folder / "legacy").mkdir(parents=True)
    (folder / "legacy" / "steer").symlink_to(tmp_path)
    with pytest.raises(OutputError, match="is a link"):
        write_steered(of_trace(carried_out()), SPEC, folder)


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_document_is_what_its_schema_says(name: str) -> None:
    found, code = OUTCOMES[name]
    document = json.loads(STEERED.text((found, SPEC)))
    Draft202012Validator(STEERED.schema()).validate(document)
    assert document["exit_code"] == code
    assert [each["outcome"] for each in document["runs"]] == [*map(found.outcome, found.runs)]


# --- text of others ------------------------------------------------------------------------------

EVIL = "a\x1b[31m<script>alert('1')</script>\r\n‮\udcff&\x00"


def evil() -> SteerResult:
    """A result in which everything that comes from outside is made to hurt."""
    run = departed()
    assert run.departure is not None
    turn = replace(run.departure.turn, event=EVIL, sends=(EVIL,))
    left = replace(run.departure, turn=turn, held=(EVIL,), instead=EVIL, unknown=(EVIL,))
    commands = tuple(
        replace(each, commands=(EVIL,), answer=EVIL, differs=EVIL, instance=name)
        for each, name in zip(run.commands, ["gateway", EVIL, ""], strict=False)
    )
    hurt = replace(run, departure=left, commands=commands, lines=(EVIL, EVIL))
    return replace(of_trace(hurt), server=EVIL, listen=EVIL, stopped=EVIL, notes=(EVIL,))


def test_text_of_others_is_shown_and_does_nothing() -> None:
    found = evil()
    shown = text(found, 100)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f‮\udcff]", shown)
    picture = steer_svg(found, found.runs[0])
    tree = ElementTree.fromstring(picture)
    assert not list(tree.iter("{http://www.w3.org/2000/svg}script"))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f‮]", picture)
    assert outcome_text(found, found.runs[0]).isprintable()
    assert STEERED.text((found, EVIL)).isascii()


def test_a_run_of_many_commands_is_cut_and_says_so() -> None:
    run = carried_out()
    commands = tuple(replace(run.commands[n % 13], number=n + 1, turn=None) for n in range(500))
    shown = text(of_trace(replace(run, commands=commands)))
    assert "... 440 more, see result.json" in shown
    assert len(shown.splitlines()) < 120
    assert "commands that are no turn of the schedule are not drawn" in steer_svg(
        of_trace(replace(run, commands=commands)), replace(run, commands=commands)
    )


def test_a_judged_run_is_what_monitor_says_of_its_lines() -> None:
    session = judged(carried_out().lines)
    assert session.standing == "violated"
    assert session.complete


def test_behind_a_step_that_fails_the_model_says_nothing() -> None:
    ended = unfit(carried_out())
    trace = replace(ended.trace, end="error", error="left would be -1")
    found = of_trace(replace(ended, trace=trace))
    assert found.outcome(found.runs[0]) != "otherwise"
    assert "ends there, in an error: left would be -1" in " ".join(text(found).split())
