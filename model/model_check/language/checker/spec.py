"""The whole: from a document to a spec, in the order in which things depend on each other."""

from __future__ import annotations

import ast
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeGuard, cast
from typing import Literal as OneOf

from ...codes import Code
from ..forms import FORMS
from ..records import replace
from ..source.diagnostics import Diagnostic, Diagnostics, Position, did_you_mean
from ..syntax.nodes import (
    Background,
    Both,
    Document,
    Expression,
    KindDoc,
    Name,
    ProcessDoc,
    PropertyDoc,
    TypeDoc,
)
from ..tree.spec import Define, Initially, Process, Property, Spec
from ..types import INT
from .clients import called_of, clients_of, is_erased, is_leased, users_of
from .constants import constants_of, plain_values
from .context import MAX_INSTANCES_IN_ALL, Names, Scope
from .control import CheckedRun, check_run
from .declaring import check_count, declare_resource
from .defines import checked_defines, defines_of, warn_of_unused
from .entries import ProcessEntry
from .expressions import check, check_as, check_condition
from .faults import crashes_of, expected_without, refuse_forgetting, servers_of
from .payloads import key_places
from .resources import ConcreteResource
from .survey import Survey, all_statements, survey
from .terms import terms_of
from .timing import timing_of
from .together import (
    refuse_one_key,
    refuse_one_pattern,
    refuse_two_patterns,
    warn_of_needs,
    warn_of_steps,
)
from .types_of import TypeReader, declare_enums, declare_types
from .unread import warn_of_unread
from .variables import variable

if TYPE_CHECKING:
    from ..temporal import Formula

__all__ = ["check_document"]

Verdict = OneOf["holds", "violated"]
Timeouts = OneOf["any", "last"]
Fairness = OneOf["weak", "strong", "none"]

_INITIAL = "an initial value is made of constants"
_PROPERTY = "a property looks at a state and calls no command"
NOTHING_HAPPENS = "there are no processes: nothing happens, and only first states are looked at"


def check_document(document: Document, kinds: Mapping[str, KindDoc]) -> Spec:
    """Check a document; raises `SpecError` with all mistakes that were found.

    `kinds` are those that every spec can use; the document may bring others.
    """
    return _Checker(document, kinds).check()


class _Checker:
    def __init__(self, document: Document, kinds: Mapping[str, KindDoc]) -> None:
        self.document = document
        # Not copied: a kind that nobody uses need not be read.
        own = {kind.name: kind for kind in document.kinds}
        self.kinds: Mapping[str, KindDoc] = ChainMap(own, cast(dict[str, KindDoc], kinds))
        self.found = Diagnostics()
        self.found.warnings.update(dict.fromkeys(document.warnings))
        self.names = Names(self.found, relaxed=document.relaxed)
        self.names.constants = constants_of(document.constants, self.names)
        self.resources: list[ConcreteResource] = []
        self.surveys: dict[str, Survey] = {}

    def check(self) -> Spec:
        document, names = self.document, self.names
        declare_enums(_types_in(document), names)
        self.declare()
        for constant in document.constants:
            names.constants.value(constant.name.text, constant.name.at)
        declare_types(document.types, names)
        self.declare_variables()
        self.declare_resources()
        initial = Scope(names, shared=_INITIAL, commands=_INITIAL, choices="")
        view = Scope(names, commands=_PROPERTY, choices="a property chooses nothing", contents=True)
        names.defines = defines_of((*document.defines, *document.views), view)
        defines = checked_defines(document.defines, view)
        views = checked_defines(document.views, view)
        vars_ = tuple(
            variable(doc, names.shared.get(doc.name.text, INT), initial) for doc in document.vars
        )
        processes = tuple(self.process(doc) for doc in document.processes)
        watch = self.watch(view, defines)
        within = self.within(view)
        initially = self.initially()
        refuse_forgetting(initially, processes, names)
        properties = tuple(self.property(doc, view) for doc in document.properties)
        servers = servers_of(document, self.resources, names)
        for entry in self.resources:
            entry.check_faults(processes, servers, faults=document.faults)
            entry.check_events()
        timing = timing_of(document, names, self.resources, processes)
        if not document.faults and self.names_faults():
            properties = tuple(map(expected_without, properties))
        self.found.raise_if_any()
        properties = tuple(map(partial(self.with_terms, view), document.properties, properties))
        warn_of_needs(self.surveys, names)
        warn_of_steps(processes, names)
        self.found.raise_if_any()
        warn_of_unused(names.defines.values())
        spec = Spec(
            name=document.model, about=document.about, path=document.source.path,
            sources=tuple(source.path for source in document.origins),
            constants=plain_values(names.constants), vars=vars_,
            resources=tuple(entry.finished() for entry in self.resources),
            processes=processes, defines=defines, watch=watch, properties=properties, views=views,
            initially=initially, within=within, timeouts=cast(Timeouts, document.timeouts),
            servers=servers, sends=names.sends, catches=names.catches,
            timing=timing, label_uses=tuple(names.label_uses),
        )  # fmt: skip
        warn_of_unread(spec, self.found)
        if not processes and initially is None:
            self.found.warn(
                Code.NO_PROCESSES,
                Position(document.source, 1, 1),
                NOTHING_HAPPENS,
                "add processes:",
            )
        return replace(spec, warnings=tuple(sorted(self.found.warnings, key=_place)))

    # --- declarations -----------------------------------------------------------------------

    def declare(self) -> None:
        """Note all names of the spec, so that no two clash."""
        document = self.document
        sections: list[tuple[str, list[Name]]] = [
            ("a constant", [doc.name for doc in document.constants]),
            ("a type", [name for name, _ in document.types]),
            ("a shared variable", [doc.name for doc in document.vars]),
            ("a server", [doc.name for doc in document.servers]),
            ("a resource", [doc.name for doc in document.resources]),
            ("a process", [doc.name for doc in document.processes]),
            ("a define", [doc.name for doc in document.defines]),
        ]
        for what, found in sections:
            for name in found:
                self.names.declare(name, what)

    def declare_variables(self) -> None:
        """Types of variables, and what others can see of a process."""
        document, names = self.document, self.names
        reader = TypeReader(names)
        names.shared.update((doc.name.text, reader.read(doc.type)) for doc in document.vars)
        resources = {doc.name.text for doc in document.resources}
        for doc in document.processes:
            single = doc.count is None
            count = 1 if doc.count is None else check_count(doc.count, names, doc.name.text)
            entry = ProcessEntry(doc.name, count, single)
            for var in doc.vars:
                entry.vars[var.name.text] = reader.read(var.type)
                names.is_taken(var.name, f"a variable of {doc.name.text}")
            found = survey(doc.run, resources)
            entry.assigned = found.assigned
            if doc.connection is not None:
                entry.connection = doc.connection.text
            for label, step in found.labels:
                if label.text in entry.labels:
                    self.found.report(label.at, f"the label {label.text} is used twice in "
                                      f"{doc.name.text}", "a label names one step")  # fmt: skip
                entry.labels[label.text] = step
            names.processes[doc.name.text] = entry
            self.surveys[doc.name.text] = found
        for doc in document.processes:
            entry = names.processes[doc.name.text]
            users = [e for e in names.processes.values() if e.connection == entry.connection]
            beside = any(isinstance(each, Both | Background) for each in all_statements(doc.run))
            alone = sum(each.count for each in users) == 1 and not beside
            entry.shares = bool(entry.connection) and not alone

        self.limit([(entry.name, entry.count) for entry in names.processes.values()])

    def limit(self, counts: Iterable[tuple[Name, int]]) -> None:
        """Every instance is written out in the machine: there can only be this many."""
        total = 0
        for name, count in counts:
            total += count
            if total > MAX_INSTANCES_IN_ALL:
                message = f"{name.text} makes it more than {MAX_INSTANCES_IN_ALL} instances"
                self.found.report(name.at, f"constant out of range: {message} in all")
                return

    def declare_resources(self) -> None:
        """Kinds, options and clients; only then can commands be called."""
        origins = frozenset(self.document.origins) | {
            command.name.at.source for kind in self.document.kinds for command in kind.commands
        }
        places = key_places(self.document.resources, self.kinds)
        for doc in self.document.resources:
            entry = declare_resource(doc, self.kinds, self.names, origins, places)
            if entry is None:
                self.names.unusable.add(doc.name.text)
            else:
                self.names.resources[entry.name] = entry
                self.resources.append(entry)
        self.limit([(entry.doc.name, entry.instances) for entry in self.resources])
        refuse_one_key(self.names)
        refuse_one_pattern(self.names)
        refuse_two_patterns(self.names)
        for entry in self.resources:
            entry.set_up(
                clients_of(entry, self.surveys, self.names),
                users_of(entry, self.surveys, self.names),
                called=called_of(entry, self.surveys),
                leased=is_leased(entry, self.surveys),
                erased=is_erased(entry, self.surveys),
                faults=self.document.faults,
            )
        for name, found in self.surveys.items():
            for site in found.calls:
                called = self.names.resources.get(site.target.resource)
                process = self.names.processes[name]
                if called is None:
                    continue
                if called.is_sent(site.target, process):
                    process.sends.add(site.label)
                if called.has_limit(site.target):
                    process.gives_up.add(site.label)

    # --- processes and properties -----------------------------------------------------------

    def process(self, doc: ProcessDoc) -> Process:
        entry = self.names.processes[doc.name.text]
        initial = Scope(
            self.names, process=entry, shared=f"{_INITIAL} and self", commands=_INITIAL, choices=""
        )
        vars_ = tuple(variable(var, entry.vars[var.name.text], initial) for var in doc.vars)
        step = Scope(self.names, process=entry, own=dict(entry.vars), commands="")
        checked: CheckedRun = check_run(doc, entry, step)
        return Process(
            name=doc.name.text, about=doc.about, count=entry.count, single=entry.single,
            vars=vars_, loops=checked.loops, run=checked.run, labels=checked.labels,
            fairness=cast(Fairness, doc.fairness),
            strong=self.steps_of(doc, "strong", doc.strong),
            never_taken=self.steps_of(doc, "never_taken", doc.never_taken),
            connection=entry.connection,
            crashes=crashes_of(
                doc, entry, checked.run, self.names, faults=self.document.faults
            ),
        )  # fmt: skip

    def steps_of(self, doc: ProcessDoc, key: str, labels: tuple[Name, ...]) -> tuple[str, ...]:
        """The steps that the labels under a key of a process stand for."""
        entry = self.names.processes[doc.name.text]
        found = []
        for label in labels:
            step = entry.step_of(label.text)
            if step is not None:
                found.append(step)
            elif doc.run_at is not None and self.overrides(doc.run_at, label.at):
                message = f"{doc.name.text} has no step {label.text} here, which {key} names at"
                hint = f"write {key} anew, or {key}: null"
                self.found.report(doc.run_at, f"{message} {label.at}", hint)
            else:
                message = f"no such label in {doc.name.text}: {label.text}"
                self.found.report(label.at, message, did_you_mean(label.text, entry.labels))
        return tuple(found)

    def overrides(self, at: Position, other: Position) -> bool:
        """Whether a place is in a spec that extends the one in which another place is."""
        origins = self.document.origins
        return at.source in origins and other.source in origins[: origins.index(at.source)]

    def watch(self, view: Scope, defines: tuple[Define, ...]) -> tuple[Define, ...]:
        """What a trace shows: the expressions named, or all defines."""
        if self.document.watch is None:
            return defines
        return tuple(Define(e.text, e.text, check(e, view)) for e in self.document.watch)

    def within(self, view: Scope) -> Define | None:
        asked = self.document.within
        if asked is None:
            return None
        return Define("within", asked.text, check_condition(asked, view, "within"))

    def initially(self) -> Initially | None:
        if self.document.initially is None:
            return None
        from .beginning import check_initially  # most specs have none

        return check_initially(self.document.initially, self.names)

    def in_time(self, name: Name, formula: Formula) -> str:
        """The text of a temporal formula; a warning if it says nothing of time."""
        from ..temporal import formula_text, speaks_of_time  # most specs have none

        if not speaks_of_time(formula):
            message = f"{name.text} speaks of the first state alone"
            self.found.warn(
                Code.FIRST_STATE_ALONE,
                name.at,
                message,
                "write `always (...)` or `eventually (...)`",
            )
        return formula_text(formula)

    def names_faults(self) -> bool:
        """Whether the spec says of anything that it may go wrong."""
        document = self.document
        crashing = any(doc.crashes is not None for doc in document.processes)
        failing = any(doc.failover is not None for doc in document.servers)
        return crashing or failing or any(entry.names_faults for entry in self.resources)

    def property(self, doc: PropertyDoc, view: Scope) -> Property:
        name = doc.name.text
        form = FORMS[doc.kind or name]
        seen = replace(view, steps="") if form.of_steps else view
        formulas = [
            Define(part, text.text, check_condition(text, seen, f"the property {name}"))
            for part, text in doc.formulas
        ]
        first = formulas[0].value if formulas else None
        text = ", ".join(f"{key} {part.text}".strip() for key, part in doc.formulas)
        if doc.in_time is not None:
            text = self.in_time(doc.name, doc.in_time)
        return Property(
            name=name, about=doc.about, form=form,
            formula=first if form.asks_states else None,
            text=text,
            expect=cast(Verdict, doc.expect),
            prefer=tuple(check_as(e, view, INT, "a number to prefer by") for e in doc.prefer),
            at=doc.name.at,
            of_steps=first if form.of_steps else None,
            atoms=tuple(formulas) if form.asks_runs else (),
            premises=tuple(
                Define("", each.text, check_condition(each, view, "a premise"))
                for _, text in doc.formulas
                if form.asks_states and not form.somewhere
                for each in _premises(text)
            ),
            in_time=doc.in_time,
        )  # fmt: skip

    def with_terms(self, view: Scope, doc: PropertyDoc, checked: Property) -> Property:
        """A property with the parts of its formulas, of a spec in which nothing is wrong."""
        seen = replace(view, steps="") if checked.form.of_steps else view
        warnings = dict(self.found.warnings)
        terms = {each.text: each for _, text in doc.formulas for each in terms_of(text, seen)}
        self.found.warnings = warnings
        return replace(checked, terms=tuple(terms.values()))


def _premises(formula: Expression) -> Iterator[Expression]:
    """A and C of `not A or not C or B`, and A of `B if A else True`."""
    match formula.node:
        case ast.BoolOp(op=ast.Or(), values=parts) if not all(map(_is_negated, parts)):
            found = [each.operand for each in parts if _is_negated(each)]
            yield from (replace(formula, node=each, text=ast.unparse(each)) for each in found)
        case ast.IfExp(test=test, orelse=ast.Constant(value=True)):
            yield replace(formula, node=test, text=ast.unparse(test))


def _is_negated(node: ast.expr) -> TypeGuard[ast.UnaryOp]:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _place(warning: Diagnostic) -> tuple[str, int, int]:
    at = warning.position
    return (at.source.path, at.line, at.column)


def _types_in(document: Document) -> Iterator[TypeDoc]:
    for _, doc in document.types:
        yield doc
    for var in document.vars:
        yield var.type
    for process in document.processes:
        for var in process.vars:
            yield var.type
    for resource in document.resources:
        yield from resource.arguments
    for define in document.defines:
        yield from (kind for _, kind in define.parameters if kind is not None)
