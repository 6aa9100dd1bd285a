"""The house keeps its order: a floor imports only floors below it, and heavy packages late.

Read from the source, not from what happens to be imported: an import inside a function or
for type checking counts as well, for it ties two floors together all the same. Nor does any
module reach itself by way of others.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import pytest

PACKAGE = Path(__file__).parent.parent / "model" / "model_check"
ROOT = PACKAGE.name

FLOORS: dict[str, tuple[str, ...]] = {
    "": (
        "errors codes cache version", "budget", "language", "results", "machine", "explore",
        "verify", "symbolic", "explain repairs likelihood", "live", "report", "api editor",
        "cli pytest_plugin", "__main__",
    ),
    "language": (
        "records bare_text", "place_patterns events", "forms", "keys", "source", "temporal",
        "syntax", "types", "tree", "checker", "schema outline named_files", "rearrange", "draft",
        "__init__",
    ),
    "language.tree": ("timing", "expressions", "statements", "walk", "spec"),
    "machine": (
        "formulas limits names ir", "core", "ir_builder shapes packing fairness", "rewrite roomy",
        "effects", "deciding futures", "lowering passes", "python", "symmetry", "make",
    ),
    "editor": ("place symbols texts", "keys_at", "completion hover renaming", "server"),
    "live": ("errors step_times", "brokers", "proxy", "runs monitor", "steer"),
    "report": ("words folder", "sequence", "text pictures", "page ci", "documents"),
}  # fmt: skip
"""What stands in the house and in its divided floors, from below: each imports only what stands
below it. What stands side by side has nothing of the other."""
DOORS = (
    "__init__",
    "__main__",
    "api.advice",
    "api.check",
    "api.compare",
    "api.options",
    "api.real_runs",
    "cli.check",
    "cli.options",
    "cli.commands",
    "cli.main",
    "pytest_plugin",
)
"""What a user imports or starts: from here nothing heavy is loaded before it is needed."""

HEAVY = frozenset(
    {
        "z3",
        "networkx",
        "graphviz",
        "graphviz_pure",
        "rich",
        "llvmlite",
        "redis",
        "websockets",
        "resvg_py",
        "lsprotocol",
        "pygls",
        "watchfiles",
        "ray",
        "numpy",
        "scipy",
    }
)
MAY_NEED = {"z3": "symbolic", "pygls": "editor", "lsprotocol": "editor"}
"""Modules of these floors may import a heavy package at their top, as long as no door leads to
them."""


@dataclass(frozen=True)
class Import:
    """`module` imports `name` (dotted, from the root of the package or another package).

    `late`: inside a function, or for type checking only."""

    module: str
    name: str
    line: int
    late: bool

    def __str__(self) -> str:
        return f"{self.module} imports {self.name} (line {self.line})"


def modules() -> dict[str, Path]:
    """All modules by dotted name within the package; a package is its `__init__`."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts)] = path
    return found


MODULES = modules()


def imports(module: str) -> Iterator[Import]:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    yield from _imports(module, tree, late=False)


def _imports(module: str, node: ast.AST, *, late: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(module, _own(alias.name), child.lineno, late)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                yield Import(module, _origin(module, child, alias.name), child.lineno, late)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _imports(module, child, late=True)
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports(module, child, late=late or inside)


def _own(name: str) -> str:
    return name if name == ROOT else name.removeprefix(f"{ROOT}.")


def _origin(module: str, node: ast.ImportFrom, name: str) -> str:
    """The module that `from ... import name` means, if it is one; else where the name is."""
    if node.level:
        parts = module.split(".")
        base = parts[: len(parts) - node.level]
        origin = ".".join([*base, *(node.module or "").split(".")]).strip(".")
    else:
        origin = _own(node.module or "")
        if origin == ROOT:
            origin = ""
    inner = f"{origin}.{name}".strip(".")
    if inner in MODULES or f"{inner}.__init__" in MODULES:
        return inner
    return origin or "__init__"


def height_of(name: str, within: str) -> int | None:
    """How high a module stands within a floor; None for what stands elsewhere."""
    inside = name.removeprefix(f"{within}.") if within else name
    if within and inside == name:
        return None
    heights = {each: i for i, level in enumerate(FLOORS[within]) for each in level.split()}
    return heights.get(inside.partition(".")[0])


def room_of(name: str, within: str) -> str:
    inside = name.removeprefix(f"{within}.") if within else name
    return inside.partition(".")[0]


@pytest.mark.parametrize("floor", FLOORS)
def test_every_module_stands_where_the_plan_of_the_house_knows_it(floor: str) -> None:
    inside = [name for name in MODULES if name.startswith(f"{floor}." if floor else "")]
    doors = {f"{floor}.__init__".strip(".")}
    assert [n for n in inside if n not in doors and height_of(n, floor) is None] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_its_own_room_and_those_below(module: str) -> None:
    wrong = []
    for floor in FLOORS:
        own = height_of(module, floor)
        if own is None:
            continue  # elsewhere, or the door of the floor: it hands out what others make
        for each in imports(module):
            theirs = height_of(each.name, floor)
            beside = room_of(each.name, floor) != room_of(module, floor)
            if theirs is not None and theirs >= own and beside:
                wrong.append(str(each))
    assert wrong == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = nx.DiGraph()
    for module in MODULES:
        for each in imports(module):
            package = f"{each.name}.__init__".strip(".")
            target = each.name if each.name in MODULES else package
            if target in MODULES:
                graph.add_edge(module, target)
    rooms = [graph.subgraph(room) for room in nx.strongly_connected_components(graph)]
    assert [nx.find_cycle(room) for room in rooms if room.size()] == []


def test_the_root_loads_nothing_before_it_is_asked() -> None:
    assert [str(each) for each in imports("__init__") if not each.late and _is_ours(each)] == []


def _is_ours(each: Import) -> bool:
    return height_of(each.name, "") is not None


def test_heavy_packages_are_imported_only_where_they_are_used() -> None:
    wrong = [
        str(each)
        for module in MODULES
        for each in imports(module)
        if not each.late
        and each.name.partition(".")[0] in HEAVY
        and MAY_NEED.get(each.name.partition(".")[0]) != room_of(module, "")
    ]
    assert wrong == []


def test_no_door_leads_to_z3_before_a_reason_is_asked_for() -> None:
    reached: set[str] = set()
    waiting = [*DOORS]
    while waiting:
        module = waiting.pop()
        if module in MODULES and module not in reached:
            reached.add(module)
            waiting += [target for each in imports(module) if not each.late for target in _at(each)]
    assert {"explore.search", "verify.verdicts"} <= reached
    heavy = [
        str(each)
        for module in sorted(reached)
        for each in imports(module)
        if not each.late and each.name.partition(".")[0] in HEAVY
    ]
    assert heavy == []


def _at(each: Import) -> Iterator[str]:
    """The modules that an import runs: the one it names, and the packages around it."""
    yield each.name
    parts = each.name.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join([*parts[:length], "__init__"])


def test_the_pytest_plugin_costs_a_test_run_without_specs_nothing() -> None:
    never = ("yaml", "z3", "networkx", "click", "rich", "graphviz")
    code = f"import sys, model_check.pytest_plugin; print([n for n in {never} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
