"""Whatever stands in a spec, a report shows it as it is, and nothing else comes of it: each text
is read by another program than the one that wrote it."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from model_check.language.source.diagnostics import Diagnostic, Position, Source
from model_check.report.ci.github import LONGEST_TITLE, MOST_SHOWN, github_text
from model_check.report.ci.junit import junit_text
from model_check.report.ci.markdown import LONGEST, markdown_text, said
from model_check.report.ci.sarif import MOST_STEPS, sarif_text
from model_check.results.run import CheckedSpec, RunReport
from model_check.verify.show import printable
from report_samples import TraceWriter, report, violated

ANY = st.text(st.characters(codec=None), max_size=60)
HOSTILE = (
    "a|b", "<b>&amp;", "`x`", "``", "*x*", "_x_", "[a](b)", "![a](b)", "# a", "1. a", "- a", "+ a",
    "a\\|b", "~~a~~", "$a$", "https://a.b", "www.a.b", "a@b.cd", "@someone", "#1", ":heart:",
    "::error::x", "\n::error::x", "%0A::x", "\x1b[31m", "\ud800", "]]>", "\x00", "&#64;", "<!--",
    "    *x*",
)  # fmt: skip


def hostile(test: object) -> object:
    for text in HOSTILE:
        test = example(text)(test)  # type: ignore[arg-type]
    return test


def of_mistake(text: str) -> RunReport:
    """A run in which a spec has a mistake of these words, in a file of that name."""
    name = "".join(c for c in text if c not in "/\x00" and c.isprintable())[:20]
    at = Position(Source(f"specs/{name}.yaml", ""), 3, 7)
    return RunReport(
        (CheckedSpec(f"specs/{name}.yaml", mistakes=(Diagnostic(at, text, text),)),), 2
    )


@hostile
@settings(max_examples=60, deadline=None)
@given(ANY)
def test_markdown_shows_text_as_it_is(text: str) -> None:
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    shown = " ".join(printable(text).split())
    for whole in (said(text), f"- {said(text)}", f"**m**: {said(text)}"):
        tokens = [t for block in markdown.parse(whole) for t in block.children or ()]
        words = "".join(t.content for t in tokens if t.type in ("text", "text_special"))
        assert " ".join(words.removeprefix("m:").split()) == shown
        assert {t.type for t in tokens} <= {
            "text", "text_special", "html_inline", "strong_open", "strong_close",
        }  # fmt: skip
        assert {t.content for t in tokens if t.type == "html_inline"} <= {"<!-- -->"}
    row = markdown.render(f"| a | b |\n| - | - |\n| {said(text)} | {said(text)} |\n")
    assert row.count("<td>") == 2


@pytest.mark.parametrize("text", ["@someone", "o/r#1", "#1", ":heart:", "a@b.cd"])
def test_what_github_would_make_something_of_is_taken_apart(text: str) -> None:
    assert re.search(r"[@#:]<!-- -->", said(text))


@hostile
@settings(max_examples=60, deadline=None)
@given(ANY)
def test_an_annotation_is_one_line_and_says_what_was_found(text: str) -> None:
    (line,) = github_text(of_mistake(text)).splitlines()
    found = re.fullmatch(r"::error ([^:]*)::(.*)", line)
    assert found is not None
    assert [part.partition("=")[0] for part in found[1].split(",")] == [
        "file", "line", "col", "title",
    ]  # fmt: skip
    message = found[2].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert message.split("\n") == [printable(text)] * (2 if text else 1)


@hostile
@settings(max_examples=60, deadline=None)
@given(ANY)
def test_junit_and_sarif_can_be_read_whatever_a_spec_says(text: str) -> None:
    run = of_mistake(text)
    root = Xml.fromstring(junit_text(run).encode("utf-8"))
    error = root.find(".//error")
    assert error is not None
    assert error.get("message") == run.specs[0].mistakes[0].sentence().replace("\t", " ")
    (result,) = json.loads(sarif_text(run, "1.2.3"))["runs"][0]["results"]
    told = re.sub(r"\\(.)", r"\1", result["message"]["text"])
    assert told.split("\n")[0] == printable(text)


def of_many(count: int, steps: int = 3) -> RunReport:
    """A run with so many specs in each of which something is lost, by a run of so many steps."""
    run = TraceWriter({"x": 0}, {"p": "a"})
    for number in range(steps):
        run.step("p", f"label_{number}", x=number)
    found = (report(violated(run.trace(), expected="holds"), model=f"m{n}") for n in range(count))
    return RunReport(tuple(CheckedSpec(each.path, each) for each in found), 1)


def test_no_more_annotations_are_made_than_github_shows_and_the_last_counts_the_rest() -> None:
    lines = github_text(of_many(30)).splitlines()
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == MOST_SHOWN
    assert errors[-1] == "::error::21 more errors, see the log"
    titles = [found[1] for line in lines if (found := re.search(r"title=([^:]*)::", line))]
    assert max(map(len, titles)) <= 3 * LONGEST_TITLE


def test_a_summary_fits_a_comment_and_says_which_diagrams_are_left_out() -> None:
    few, many = markdown_text(of_many(1)), markdown_text(of_many(200, 300))
    assert "too long" not in few
    assert "The diagram of no\\_loss is too long" in markdown_text(of_many(1, 501))
    assert few.count("```mermaid\nsequenceDiagram") == 1
    assert len(many) <= LONGEST
    assert many.count("```mermaid") < 20
    assert many.count("is too long for this place") + many.count("```mermaid") == 20
    assert "… and 180 more." in many
    assert many.count("<details") == many.count("</details>")


def test_a_code_flow_has_no_more_steps_than_github_shows_and_says_so() -> None:
    document = json.loads(sarif_text(of_many(1, MOST_STEPS + 500), "1"))
    (flow,) = document["runs"][0]["results"][0]["codeFlows"]
    steps = flow["threadFlows"][0]["locations"]
    assert len(steps) == MOST_STEPS
    assert steps[-1]["executionOrder"] == MOST_STEPS + 500
    assert "the first 500 steps are in the files of m0" in flow["message"]["text"]
