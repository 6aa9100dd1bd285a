"""A run as JUnit XML, for GitLab, Jenkins and whatever else reads test results.

One suite a spec, one test a property. A verdict that is not expected is a failure; what is not
known (undetermined, a spec with mistakes, one that was not checked) is an error. There is no one
standard: this is of Jenkins' schema (https://github.com/jenkinsci/xunit-plugin, junit-10.xsd), but
for the `file` of a test, which GitLab links, and its `line`, which pytest had in its first form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as Xml

from ...language.records import dataclass
from ...results.check import CheckReport, PropertyResult
from ...results.run import CheckedSpec, RunReport
from ...verify.show import printable
from ..text.failure import render_failure
from ..words.brief import unexpected_text
from ..words.phrases import outcome_text
from .findings import without_text
from .places import place_of

__all__ = ["junit_text"]

NOT_IN_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say (https://www.w3.org/TR/xml/#charsets)."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A test: its `name` and the line it is at. `wrong`: failure, error, or "" where it passes;
    then `told` is what is worth saying of it all the same."""

    name: str
    line: int
    wrong: str = ""
    sort: str = ""
    message: str = ""
    told: str = ""


def junit_text(run: RunReport) -> str:
    """The document, with a final newline."""
    suites = Xml.Element("testsuites", {"name": "model-check"})
    total: list[_Case] = []
    for spec in run.specs:
        cases = list(_cases(spec))
        total += cases
        suites.append(_suite(spec, cases))
    suites.attrib |= {key: n for key, n in _counts(total).items() if key != "skipped"}
    suites.set("time", f"{sum(each.space.seconds for each in run.reports):.3f}")
    Xml.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(suites, "unicode") + "\n"


def _suite(spec: CheckedSpec, cases: list[_Case]) -> Xml.Element:
    place = place_of(spec.path)
    name = _said(spec.report.model if spec.report else place)
    suite = Xml.Element("testsuite", {"name": name, **_counts(cases), "file": _said(place)})
    suite.set("time", f"{spec.report.space.seconds if spec.report else 0:.3f}")
    classname = _said(re.sub(r"\.ya?ml$", "", place).strip("/").replace("/", "."))
    for each in cases:
        case = Xml.SubElement(suite, "testcase", {
            "name": _said(each.name), "classname": classname, "file": _said(place),
            "line": str(each.line),
        })  # fmt: skip
        if each.wrong:
            about = {"type": each.sort, "message": _said(printable(each.message))}
            Xml.SubElement(case, each.wrong, about).text = _said(each.told)
        elif each.told:
            Xml.SubElement(case, "system-out").text = _said(each.told)
    if spec.report is not None and spec.report.warnings:
        told = "\n".join(each.render() for each in spec.report.warnings)
        Xml.SubElement(suite, "system-err").text = _said(told)
    return suite


def _counts(cases: list[_Case]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(each.wrong == "failure" for each in cases)),
        "errors": str(sum(each.wrong == "error" for each in cases)),
        "skipped": "0",
    }


def _cases(spec: CheckedSpec) -> Iterator[_Case]:
    if spec.mistakes:
        told = "\n".join(each.render() for each in spec.mistakes)
        first = spec.mistakes[0]
        line = first.position.line
        yield _Case("the spec", line, "error", "mistake", first.sentence(), told)
    if spec.error:
        yield _Case("the spec", 1, "error", "error", spec.error, spec.error)
    if spec.stopped:
        why = f"not checked: {spec.stopped}"
        yield _Case("the spec", 1, "error", "unchecked", why, why)
    if spec.report is not None:
        for result in spec.report.results:
            yield from _of_property(spec.report, result)


def _of_property(report: CheckReport, result: PropertyResult) -> Iterator[_Case]:
    line = result.line
    if not result.as_expected:
        sort = result.verdict
        wrong = "error" if sort == "undetermined" else "failure"
        told = render_failure(report, result)
        yield _Case(result.name, line, wrong, sort, unexpected_text(result), told)
    else:
        told = ""
        if result.verdict == "violated":
            told = "violated, as expected"
            told += f": {outcome_text(result)}" if result.trace is not None else ""
        yield _Case(result.name, line, told=told)
    without = result.without_faults
    if without is None:
        return
    name = f"{result.name} (without faults)"
    if without.as_expected:
        yield _Case(name, line)
    else:
        wrong = "error" if without.verdict == "undetermined" else "failure"
        told = f"{without_text(result)}\n\nreproduce with: {report.command} --no-faults"
        yield _Case(name, line, wrong, without.verdict, without_text(result), told)


def _said(text: str) -> str:
    return NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
