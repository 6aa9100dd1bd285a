"""The page in a real browser: everything on it works by mouse and by keyboard.

    uv run pytest -m browser

A browser that is missing fails these tests: they are the only ones that see the page.
Debian's package is `chromium`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from made_pages import EVIL
from model_check.report.page.watched import FRAME_NAME, NEWS_NAME, frame_html, news_script
from model_check.report.pictures.space import picture_of
from model_check.report.sequence.messages import commands_of
from model_check.report.words.keys import Keys
from model_check.report.words.phrases import label_text
from model_check.verify.show import format_value
from opened_pages import LAPTOP, PHONE, Made, Opener
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def place(page: Page) -> str:
    return page.locator("#place b").inner_text()


def choices(page: Page) -> list[str]:
    return page.locator("#choices button").all_inner_texts()


# --- stepping --------------------------------------------------------------------------------


def test_the_page_opens_at_the_end_of_the_trace(open_page: Opener) -> None:
    page = open_page("legacy")
    expect(page.locator("#alarm")).to_have_text(
        "no_loss is violated here; nothing can happen any more"
    )
    assert place(page) == "23 / 23"
    assert page.locator("#variables .wrong").inner_text().split() == [
        "missing", "{7}", "was", "{7,", "10}",
    ]  # fmt: skip
    assert page.locator(".outcome .hole").first.inner_text().endswith("7")


def test_slider_diagram_state_and_source_stay_together(open_page: Opener, made: Made) -> None:
    page = open_page("legacy")
    trace = made.legacy.trace("no_loss")
    page.keyboard.press("Home")
    for step in trace.steps:
        page.keyboard.press("ArrowRight")
        at = page.evaluate(
            """() => ({
                slider: document.getElementById("slider").value,
                now: [...document.querySelectorAll("g[data-first].now")].map((g) => [
                    Number(g.dataset.first), Number(g.dataset.last)]),
                pale: document.querySelectorAll("g.to-come").length > 0,
                cursor: document.querySelectorAll("rect.cursor:not(.d-edge)").length,
                lit: [...document.querySelectorAll("[data-line].lit")].map(
                    (each) => each.dataset.line),
                told: document.getElementById("told").innerText,
                item: document.querySelector("[data-step][aria-current]").dataset.step,
                state: [...document.querySelectorAll("#variables tr")].map((tr) => [
                    tr.className, tr.cells[0].textContent,
                    tr.cells[1].firstChild ? tr.cells[1].innerText.split("\\n")[0] : ""]),
            })"""
        )
        assert at["slider"] == at["item"] == str(step.number)
        assert at["cursor"] == 1
        assert [first <= step.number <= last for first, last in at["now"]] == [True]
        assert at["lit"] == [str(step.line)]
        assert f"Step {step.number} of 23 {step.instance} {label_text(step)}" in at["told"]
        for told in commands_of(step, Keys(made.legacy.report.resources)):
            assert told in at["told"]
        own = [text for kind, _, text in at["state"] if "place" in kind.split()]
        assert own == [
            "has ended" if where == "(end)" else f"at {where}"
            for where in step.state.locations.values()
        ]
        held = [(n, t) for kind, n, t in at["state"] if not {"place", "watch"} & {*kind.split()}]
        assert {text for _, text in held} == {
            format_value(value) for value in step.state.variables.values()
        }
        changed = {name for kind, name, _ in at["state"] if "changed" in kind.split()}
        named = {name.removeprefix("client.").removeprefix("gateway.") for name in step.changed}
        assert changed & {name for name, _ in held} == named
    assert not at["pale"]


def test_every_button_of_the_bar_steps(open_page: Opener) -> None:
    page = open_page("legacy")
    expect(page.get_by_role("button", name="One step on")).to_be_disabled()
    page.get_by_role("button", name="To the start").click()
    assert place(page) == "0 / 23"
    expect(page.get_by_role("button", name="One step back")).to_be_disabled()
    page.get_by_role("button", name="One step on").click()
    page.get_by_role("button", name="One step on").click()
    assert place(page) == "2 / 23"
    page.get_by_role("button", name="One step back").click()
    assert place(page) == "1 / 23"
    page.get_by_role("button", name="To the end").click()
    assert place(page) == "23 / 23"


def test_the_slider_steps_by_mouse_and_by_keyboard(open_page: Opener) -> None:
    page = open_page("legacy")
    slider = page.get_by_role("slider", name="Step")
    box = slider.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 2, box["y"] + box["height"] / 2)
    assert place(page) == "0 / 23"
    expect(slider).to_have_attribute("aria-valuetext", "start")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert place(page) == "1 / 23"
    expect(slider).to_have_attribute("aria-valuetext", "step 1 of 23: ai_service.publish[7]")
    page.keyboard.press("End")
    assert place(page) == "23 / 23"


def test_play_goes_through_the_trace_and_stops_when_asked(open_page: Opener) -> None:
    page = open_page("legacy")
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.keyboard.press("Space")
    assert place(page) == "0 / 23"
    page.clock.run_for(2_000)
    assert place(page) == "2 / 23"
    page.get_by_role("button", name="Stop").click()
    page.clock.run_for(5_000)
    assert place(page) == "2 / 23"
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(60_000)
    assert place(page) == "23 / 23"
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_row_of_the_diagram_and_an_item_of_the_list_are_chosen(open_page: Opener) -> None:
    page = open_page("legacy")
    page.locator("g[data-first='4'] text").first.click()
    assert place(page) == "4 / 23"
    page.get_by_text("The steps as a list").click()
    page.locator("[data-step='2']").click()
    assert place(page) == "2 / 23"


def test_a_finger_chooses_a_row_and_a_step(open_page: Opener) -> None:
    page = open_page("legacy", PHONE, touch=True)
    page.locator("g[data-first='1'] text").first.tap()
    assert place(page) == "1 / 23"
    page.locator("#choices button").first.tap()
    assert place(page) in ("2 / 2", "2 / 23")


def test_on_a_phone_the_diagram_follows_the_step(open_page: Opener, made: Made) -> None:
    page = open_page("legacy", PHONE)
    page.keyboard.press("Home")
    frame = page.locator("[data-diagram] .pan").bounding_box()
    assert frame is not None
    for _ in made.legacy.trace("no_loss").steps:
        page.keyboard.press("ArrowRight")
        box = page.locator("g[data-first].now > g rect").last.bounding_box()
        assert box is not None
        assert frame["x"] <= box["x"] + box["width"] / 2 <= frame["x"] + frame["width"]


def test_another_property_shows_its_own_trace(open_page: Opener) -> None:
    page = open_page("deadlock")
    first = page.locator("[data-case]:visible h2").inner_text()
    page.get_by_role("button", name="no_deadlock").click()
    expect(page.get_by_role("button", name="no_deadlock")).to_have_attribute("aria-pressed", "true")
    second = page.locator("[data-case]:visible h2").inner_text()
    assert (first.split()[0], second.split()[:2]) == ("all_drawn", ["a", "deadlock"])
    page.keyboard.press("p")
    assert page.locator("[data-case]:visible h2").inner_text() == first


# --- runs that never end ---------------------------------------------------------------------


def test_playing_goes_round_a_loop_until_it_is_stopped(open_page: Opener) -> None:
    page = open_page("poll")
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play").click()
    seen = []
    for _ in range(9):
        page.clock.run_for(900)
        seen.append(place(page))
    assert seen == [f"{at} / 4" for at in (1, 2, 3, 4, 3, 4, 3, 4, 3)]
    page.get_by_role("button", name="Stop").click()
    page.clock.run_for(9_000)
    assert place(page) == "3 / 4"


def test_a_step_on_from_the_end_of_a_loop_is_its_first(open_page: Opener) -> None:
    page = open_page("poll")
    assert place(page) == "4 / 4"
    alarm = page.locator("#alarm")
    expect(alarm).to_have_text("it goes on as after step 2, and so on for ever")
    expect(page.locator("#place")).to_have_text("4 / 4 customer.wait, again and again")
    page.keyboard.press("ArrowRight")
    assert place(page) == "3 / 4"
    expect(alarm).to_be_hidden()
    page.get_by_role("button", name="One step on").click()
    assert place(page) == "4 / 4"
    page.locator("#choices .planned").click()
    assert place(page) == "3 / 4"
    expect(page.locator("#walk")).to_be_hidden()
    page.keyboard.press("Home")
    expect(page.locator("#place")).to_have_text("0 / 4 start")


def test_the_slider_marks_what_comes_again_and_again(open_page: Opener) -> None:
    page = open_page("poll")
    slider, mark = page.locator("#slider").bounding_box(), page.locator("#loop").bounding_box()
    assert slider is not None
    assert mark is not None
    # From the middle of the thumb after step 2 of 4 to the middle of that after the last.
    assert abs(mark["x"] - (slider["x"] + slider["width"] / 2)) < 4
    assert abs(mark["x"] + mark["width"] - (slider["x"] + slider["width"] - 8)) < 4
    page.keyboard.press("r")
    expect(page.locator("#loop")).to_be_hidden()


def test_a_walk_of_ones_own_leaves_the_loop(open_page: Opener) -> None:
    page = open_page("poll")
    page.keyboard.press("Home")
    page.locator("#choices button:not(.planned)").first.click()
    assert place(page) == "1 / 1"
    expect(page.get_by_role("button", name="One step on")).to_be_disabled()
    page.get_by_role("button", name="Follow the counterexample").click()
    assert place(page) == "0 / 4"


def test_what_a_state_does_not_tell_is_not_said(open_page: Opener) -> None:
    page = open_page("ends")
    page.get_by_role("button", name="answer violated").click()
    page.keyboard.press("Home")
    assert page.locator("#outlook").inner_text() == ""
    page.keyboard.press("End")
    expect(page.locator("#alarm")).to_contain_text("a run that violates answer ends here")
    page.get_by_role("button", name="grows violated").click()
    expect(page.locator("#alarm")).to_have_text("a step that violates grows leads here")
    page.get_by_role("button", name="can holds").click()
    expect(page.locator("[data-case]:visible h2")).to_contain_text("can is possible")


# --- walking ---------------------------------------------------------------------------------


def test_walking_along_the_counterexample_reaches_the_violation(
    open_page: Opener, made: Made
) -> None:
    page = open_page("legacy")
    page.get_by_role("button", name="Restart").click()
    expect(page.locator("#walk-title")).to_be_visible()
    expect(page.locator("#alarm")).to_be_hidden()
    for step in made.legacy.trace("no_loss").steps:
        wanted = f"{step.instance} {step.event.removeprefix(step.instance + '.').partition('#')[0]}"
        page.locator("#choices button", has_text=wanted).click()
        fate = page.locator("#outlook").get_attribute("class")
        assert fate == ("open" if step.number == 1 else "lost" if step.number < 23 else "")
    expect(page.locator("#alarm")).to_contain_text("no_loss is violated here")
    assert len(page.locator("#taken li").all()) == 23
    assert choices(page) == []


def test_a_walk_goes_by_keys_alone(open_page: Opener) -> None:
    page = open_page("legacy")
    page.keyboard.press("r")
    assert place(page) == "0 / 0"
    page.keyboard.press("2")
    page.keyboard.press("1")
    assert place(page) == "2 / 2"
    page.keyboard.press("ArrowLeft")
    assert place(page) == "1 / 2"
    page.keyboard.press("f")
    assert place(page) == "0 / 23"


def test_leaving_the_trace_and_coming_back(open_page: Opener) -> None:
    page = open_page("legacy")
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    other = page.locator("#choices button:not(.planned)").first
    other.click()
    assert place(page) == "3 / 3"
    expect(page.locator("#walk-told")).to_have_text(
        "It shares its first 2 steps with the trace of no_loss."
    )
    page.get_by_role("button", name="Follow the counterexample").click()
    assert place(page) == "2 / 23"
    expect(page.locator("#walk")).to_be_hidden()


def test_the_planned_step_stays_on_the_trace(open_page: Opener) -> None:
    page = open_page("legacy")
    page.keyboard.press("Home")
    page.locator("#choices .planned").click()
    assert place(page) == "1 / 23"


def test_focus_stays_among_the_choices(open_page: Opener) -> None:
    page = open_page("legacy")
    page.keyboard.press("r")
    page.locator("#choices button").first.focus()
    for _ in range(3):
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.closest('#choices') !== null")
    assert place(page) == "3 / 3"


def test_an_ending_is_gone_to_by_a_shortest_way(open_page: Opener, made: Made) -> None:
    page = open_page("legacy")
    endings = made.legacy["no_loss"].endings
    page.locator("[data-go]:visible").first.click()
    expect(page.locator("#alarm")).to_contain_text("no_loss is violated here")
    length = int(place(page).split()[0])
    shown = page.locator("#variables .watch td").inner_text().split("\n")[0]
    assert (length, shown) in [(e.length, format_value(e.values["missing"])) for e in endings]


def test_a_state_is_gone_to_by_its_number(open_page: Opener, made: Made) -> None:
    page = open_page("legacy")
    field = page.get_by_label("Go to state")
    field.fill("1000")
    field.press("Enter")
    assert place(page).split()[0] == str(made.legacy.states.nodes[1000].depth)
    for nowhere in ("99999", "-1", ""):
        field.fill(nowhere)
        field.press("Enter")
        assert field.input_value() == "1000"


def test_a_node_of_the_space_shows_its_state_and_the_way_there(open_page: Opener) -> None:
    page = open_page("peterson")
    node = page.locator("g.node.can", has=page.locator("title", has_text="9")).first
    number = int(node.locator("title").first.text_content() or "")
    node.locator("ellipse, polygon, path").first.click()
    assert page.get_by_label("Go to state").input_value() == str(number)
    assert page.locator("g.node.now").count() == 1
    steps = int(place(page).split()[0])
    assert page.locator("g.node.walked").count() == steps + 1


def test_a_node_that_stands_for_several_states_shows_a_way_into_it(
    open_page: Opener, made: Made
) -> None:
    page = open_page("legacy")
    picture = picture_of(made.legacy.report, made.legacy.states)
    now = page.locator("g.node.now > title")
    row = page.get_by_label("Go to state")
    assert picture.folded_by
    assert now.all_text_contents() == [str(picture.node_of[int(row.input_value())])]
    page.locator("g.node.can", has=page.locator("title", has_text="2")).first.click()
    chosen = int((now.text_content() or "").strip())
    assert int(row.input_value()) == picture.node_of.index(chosen)
    page.keyboard.press("Home")
    assert now.all_text_contents() == ["0"]


def test_pictures_are_dark_in_the_dark(open_page: Opener) -> None:
    page = open_page("legacy", dark=True)
    for picture in ("[data-diagram] .body", ".space svg"):
        ground = page.locator(picture).locator("rect, polygon").first
        assert ground.evaluate("each => getComputedStyle(each).fill") == "rgb(20, 27, 34)"


def test_a_spec_that_holds_is_walked_from_its_start(open_page: Opener) -> None:
    page = open_page("fix-both")
    expect(page.locator("#walk")).to_be_visible()
    for _ in range(30):
        if not choices(page):
            break
        page.keyboard.press("1")
    expect(page.locator("#alarm")).to_have_text("nothing can happen any more")
    expect(page.locator("#alarm")).to_have_class("quiet")


def test_the_file_of_a_step_comes_up_by_itself_and_by_hand(open_page: Opener) -> None:
    page = open_page("fix-both")
    shown = page.locator("[data-source]:visible figcaption")
    assert (shown.text_content() or "").endswith("fix-both.yaml")
    page.locator("#choices button", has_text="gateway").click()
    assert (shown.text_content() or "").endswith("fix-subscribe-first.yaml")
    page.get_by_role("button", name="legacy.yaml").click()
    assert (shown.text_content() or "").endswith("legacy.yaml")


def test_a_run_time_error_is_told_where_it_happens(open_page: Opener) -> None:
    page = open_page("failing")
    expect(page.locator("#alarm")).to_contain_text("run-time error: ")
    expect(page.locator("#alarm")).to_contain_text("division by zero")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#alarm")).to_contain_text("no_error is violated here")
    expect(page.locator("#choices")).to_contain_text("fails: ")
    page.keyboard.press("1")
    expect(page.locator("#alarm")).to_contain_text("run-time error: ")


def test_without_the_space_the_traces_are_stepped_through(open_page: Opener) -> None:
    page = open_page("traces")
    expect(page.get_by_text("Only the traces can be stepped through")).to_be_visible()
    expect(page.locator("#choices")).to_have_count(0)
    for key in ("Home", "ArrowRight", "1", "r", "f", "ArrowRight"):
        page.keyboard.press(key)
    assert place(page).endswith("/ 23")


# --- keys, looks, and whoever does not see it -------------------------------------------------


def test_the_keys_are_told_and_letters_can_be_turned_off(open_page: Opener) -> None:
    page = open_page("legacy")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    page.get_by_label("keys with a letter").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("r")
    assert place(page) == "23 / 23"
    page.keyboard.press("Home")
    assert place(page) == "0 / 23"
    page.get_by_role("button", name="Keys").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Keys")).to_be_hidden()


def test_light_and_dark_by_wish_and_by_hand(open_page: Opener) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = open_page("legacy"), open_page("legacy", dark=True)
    pale, deep = light.evaluate(ground), dark.evaluate(ground)
    assert pale != deep
    light.get_by_role("button", name="Dark").click()
    assert light.evaluate(ground) == deep
    dark.keyboard.press("d")
    assert dark.evaluate(ground) == pale


def test_pictures_are_enlarged_and_dragged(open_page: Opener) -> None:
    page = open_page("legacy")
    width = "document.querySelector('[data-diagram] svg').getBoundingClientRect().width"
    before = page.evaluate(width)
    page.get_by_role("button", name="Enlarge the sequence diagram").click()
    assert page.evaluate(width) > before
    page.keyboard.press("0")
    frame = page.locator("[data-diagram] .pan")
    box = frame.bounding_box()
    assert box is not None
    assert abs(page.evaluate(width) - frame.evaluate("each => each.clientWidth")) < 3
    for _ in range(4):
        page.keyboard.press("+")
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 150, steps=3)
    page.mouse.up()
    assert page.evaluate("document.querySelector('[data-diagram] .pan').scrollLeft") > 100
    assert place(page) == "23 / 23"


@pytest.mark.parametrize("name", ["legacy", "hostile", "poll"])
def test_the_page_fits_its_window(open_page: Opener, name: str) -> None:
    page = open_page(name)
    for width, height in (LAPTOP, PHONE, (1920, 1080), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width


def test_text_of_a_spec_runs_nowhere(open_page: Opener) -> None:
    page = open_page("hostile")
    for key in ("Home", "ArrowRight", "r", "1", "1"):
        page.keyboard.press(key)
    expect(page.locator("#walk text.d-key")).to_contain_text(EVIL)
    expect(page.locator(".verdicts > .about")).to_contain_text(EVIL)
    expect(page.locator("[data-source]:visible")).to_contain_text(f"# {EVIL}")
    assert page.locator("img").count() == 0


def test_without_a_script_the_verdict_the_diagram_and_the_reason_are_there(
    open_page: Opener,
) -> None:
    page = open_page("legacy", script=False)
    expect(page.locator("[data-case] h2")).to_be_visible()
    expect(page.locator(".diagram svg")).to_be_visible()
    expect(page.locator(".why .reason")).to_contain_text("ai_service.publish[7]")
    expect(page.locator(".player")).to_be_hidden()


def test_on_paper_everything_is_shown_and_nothing_to_press(open_page: Opener) -> None:
    page = open_page("fix-both")
    page.emulate_media(media="print")
    expect(page.locator(".player")).to_be_hidden()
    assert page.locator("[data-source]:visible").count() == 3
    assert page.locator("button:visible").count() == 0
    folded = page.locator("details:not([open])")
    before = folded.count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert (before > 0, folded.count()) == (True, 0)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert folded.count() == before


@pytest.mark.parametrize(
    ("name", "dark"),
    [("legacy", False), ("deadlock", True), ("fix-both", False), ("poll", False), ("poll", True)],
)
def test_axe_finds_nothing_serious(open_page: Opener, name: str, dark: bool) -> None:
    page = open_page(name, dark=dark)
    page.keyboard.press("ArrowLeft")
    found = Axe().run(page).response["violations"]
    serious = [
        (each["id"], [node["target"] for node in each["nodes"]][:3])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_the_frame_shows_the_newest_page_and_says_what_happens(
    browser: Browser, tmp_path: Path
) -> None:
    def tell(text: str, version: str, says: str, *, wrong: bool = False) -> None:
        if text:
            (tmp_path / "model" / "report.html").write_text(text, encoding="utf-8")
        news = news_script("model/report.html", version, says, wrong=wrong, over=False)
        (tmp_path / NEWS_NAME).write_text(news, encoding="utf-8")

    (tmp_path / "model").mkdir()
    (tmp_path / FRAME_NAME).write_text(frame_html(), encoding="utf-8")
    tell("<h1>first</h1>", "1", "</script><b>checked</b>")
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto((tmp_path / FRAME_NAME).as_uri())
    shown = page.frame_locator("iframe").locator("h1")
    expect(shown).to_have_text("first")
    expect(page.get_by_role("status")).to_have_text("</script><b>checked</b>")
    tell("<h1>second</h1>", "2", "checked")
    expect(shown).to_have_text("second")
    tell("", "2", "a mistake", wrong=True)
    expect(page.get_by_role("status")).to_have_class("wrong")
    expect(shown).to_have_text("second")
    assert said == []
    page.close()
