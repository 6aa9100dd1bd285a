"""A restricted Python, compiled to LLVM text: what the search kernel is written in.

Every value is a 64-bit integer. There are assignments, `if`, `while`, `return`, arithmetic,
shifts, masks, comparisons, calls of other functions of the module, and a few words for
memory: `load(address)`, `store(address, value)`, the same for 8, 16 and 32 bits, `logical(a, n)`
(a shift that brings in zeros), `prefetch(address)`. Locals become memory that SROA turns into
registers. A loop over a call of a generator is the generator put in place: where it yields, the
loop's body stands. The kernel is a module of the package, never a user's text.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType, ModuleType

__all__ = ["definitions", "function_text", "functions_text", "module_text"]

_OPERATIONS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and", ast.BitOr: "or",
    ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "ashr", ast.Mod: "srem",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge",
}  # fmt: skip


_Generators = Mapping[str, ast.FunctionDef]
"""Functions that yield, by name."""


class _Compiler:
    """One function being compiled."""

    def __init__(self, constants: dict[str, int], generators: _Generators) -> None:
        self.constants = dict(constants)
        self.generators = generators
        self.loops: list[tuple[str, list[ast.stmt]]] = []
        """Of the generators around: the variable and the body of the loop over each."""
        self.lines: list[str] = []
        self.locals: dict[str, None] = {}
        self.count = 0

    def line(self, text: str) -> None:
        self.lines.append("  " + text)

    def compute(self, text: str) -> str:
        self.count += 1
        name = f"%t{self.count}"
        self.line(f"{name} = {text}")
        return name

    def labels(self, *hints: str) -> list[str]:
        self.count += 1
        return [f"{hint}{self.count}" for hint in hints]

    # --- statements -----------------------------------------------------------------------------

    def block(self, body: list[ast.stmt]) -> bool:
        """Compile statements; whether control comes out at the end."""
        return all(self.statement(statement) for statement in body)

    def statement(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.locals[name] = None
                self.line(f"store i64 {self.expr(value)}, ptr %{name}.at")
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                before = self.expr(ast.Name(id=name))
                text = self.compute(f"{_OPERATIONS[type(op)]} i64 {before}, {self.expr(value)}")
                self.line(f"store i64 {text}, ptr %{name}.at")
            case ast.If(test=ast.Name(id=name), body=body, orelse=orelse) if name in self.constants:
                return self.block(body if self.constants[name] else orelse)
            case ast.If(test=test, body=body, orelse=orelse):
                then, other, end = self.labels("then", "else", "end")
                self.line(f"br i1 {self.test(test)}, label %{then}, label %{other}")
                reached = False
                for label, part in ((then, body), (other, orelse)):
                    self.lines.append(f"{label}:")
                    if self.block(part):
                        self.line(f"br label %{end}")
                        reached = True
                if reached:
                    self.lines.append(f"{end}:")
                return reached
            case ast.While(test=test, body=body):
                head, inside, end = self.labels("head", "do", "done")
                self.line(f"br label %{head}")
                self.lines.append(f"{head}:")
                self.line(f"br i1 {self.test(test)}, label %{inside}, label %{end}")
                self.lines.append(f"{inside}:")
                if self.block(body):
                    self.line(f"br label %{head}")
                self.lines.append(f"{end}:")
            case ast.For(
                target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id=called), args=given),
                body=body,
            ) if called in self.generators:  # fmt: skip
                self.over(self.generators[called], given, (name, body))
            case ast.Expr(value=ast.Yield(value=ast.expr() as value)) if self.loops:
                loop = self.loops.pop()
                self.locals[loop[0]] = None
                self.line(f"store i64 {self.expr(value)}, ptr %{loop[0]}.at")
                reached = self.block(loop[1])
                self.loops.append(loop)
                return reached
            case ast.For(target=ast.Name(id=name), iter=ast.Call(args=bounds), body=body):
                # Written out: the bounds are numbers when the kernel is compiled.
                outside = dict(self.constants)
                for number in range(*(int(self.expr(each)) for each in bounds)):
                    self.constants[name] = number
                    self.block(body)
                self.constants = outside
            case ast.Return(value=ast.expr() as value):
                self.line(f"ret i64 {self.expr(value)}")
                return False
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Expr(value=value):
                self.expr(value)
            case _:
                raise TypeError(f"not in the restricted subset: {ast.unparse(statement)}")
        return True

    def over(
        self, generator: ast.FunctionDef, given: list[ast.expr], loop: tuple[str, list[ast.stmt]]
    ) -> None:
        """A loop over what a generator yields. Its locals have names of their own."""
        names = [each.arg for each in generator.args.args]
        for name, value in zip(names, given, strict=True):
            self.statement(ast.Assign([ast.Name(f"{generator.name}.{name}")], value))
        self.loops.append(loop)
        self.block([_Own(generator).visit(copy.deepcopy(each)) for each in generator.body])
        self.loops.pop()

    # --- expressions ----------------------------------------------------------------------------

    def test(self, expr: ast.expr) -> str:
        """A condition, as an i1."""
        match expr:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                word = _COMPARISONS[type(op)]
                return self.compute(f"icmp {word} i64 {self.expr(left)}, {self.expr(right)}")
            case ast.BoolOp(op=op, values=values):
                # Both sides are evaluated: tests have no effects.
                word = "and" if isinstance(op, ast.And) else "or"
                result = self.test(values[0])
                for value in values[1:]:
                    result = self.compute(f"{word} i1 {result}, {self.test(value)}")
                return result
        return self.compute(f"icmp ne i64 {self.expr(expr)}, 0")

    def expr(self, expr: ast.expr) -> str:
        match expr:
            case ast.Constant(value=int() as value):
                return str(value)
            case ast.Name(id=name) if name in self.constants:
                return str(self.constants[name])
            case ast.Name(id=name):
                return self.compute(f"load i64, ptr %{name}.at")
            case ast.BinOp(left=left, op=op, right=right):
                a, b = self.expr(left), self.expr(right)
                return self.compute(f"{_OPERATIONS[type(op)]} i64 {a}, {b}")
            case ast.Compare() | ast.BoolOp():
                return self.compute(f"zext i1 {self.test(expr)} to i64")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.compute(f"sub i64 0, {self.expr(operand)}")
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(name, [self.expr(each) for each in arguments])
        raise TypeError(f"not in the restricted subset: {ast.unparse(expr)}")

    def call(self, name: str, arguments: list[str]) -> str:
        match name, arguments:
            case "load", [address]:
                return self.compute(f"load i64, ptr {self.pointer(address)}")
            case "store", [address, value]:
                self.line(f"store i64 {value}, ptr {self.pointer(address)}")
                return "0"
            case (("load8" | "load16" | "load32"), [address]):
                kind = f"i{name.removeprefix('load')}"
                narrow = self.compute(f"load {kind}, ptr {self.pointer(address)}")
                return self.compute(f"zext {kind} {narrow} to i64")
            case (("store8" | "store16" | "store32"), [address, value]):
                kind = f"i{name.removeprefix('store')}"
                narrow = self.compute(f"trunc i64 {value} to {kind}")
                self.line(f"store {kind} {narrow}, ptr {self.pointer(address)}")
                return "0"
            case "load_acquire", [address]:
                return self.compute(
                    f"load atomic i64, ptr {self.pointer(address)} acquire, align 8"
                )
            case "load_acquire32", [address]:
                place = self.pointer(address)
                narrow = self.compute(f"load atomic i32, ptr {place} acquire, align 4")
                return self.compute(f"zext i32 {narrow} to i64")
            case "store_release", [address, value]:
                place = self.pointer(address)
                self.line(f"store atomic i64 {value}, ptr {place} release, align 8")
                return "0"
            case "store_release32", [address, value]:
                narrow = self.compute(f"trunc i64 {value} to i32")
                place = self.pointer(address)
                self.line(f"store atomic i32 {narrow}, ptr {place} release, align 4")
                return "0"
            case "compare_swap", [address, expected, value]:
                place = self.pointer(address)
                both = self.compute(
                    f"cmpxchg ptr {place}, i64 {expected}, i64 {value} seq_cst seq_cst"
                )
                return self.compute(f"extractvalue {{ i64, i1 }} {both}, 0")
            case "invoke", [address, *passed]:
                given = ", ".join(f"i64 {each}" for each in passed)
                return self.compute(f"call i64 {self.pointer(address)}({given})")
            case "logical", [value, count]:
                return self.compute(f"lshr i64 {value}, {count}")
            case "population", [value]:
                return self.compute(f"call i64 @llvm.ctpop.i64(i64 {value})")
            case "trailing", [value]:
                return self.compute(f"call i64 @llvm.cttz.i64(i64 {value}, i1 true)")
            case "prefetch", [address]:
                pointer = self.pointer(address)
                self.line(f"call void @llvm.prefetch.p0(ptr {pointer}, i32 1, i32 1, i32 1)")
                return "0"
        given = ", ".join(f"i64 {each}" for each in arguments)
        return self.compute(f"call i64 @{name}({given})")

    def pointer(self, address: str) -> str:
        return self.compute(f"inttoptr i64 {address} to ptr")


class _Own(ast.NodeTransformer):
    """Gives the locals of a generator names that nothing else has."""

    def __init__(self, generator: ast.FunctionDef) -> None:
        stored = (each for each in ast.walk(generator) if isinstance(each, ast.Name))
        self.names = {each.id for each in stored if isinstance(each.ctx, ast.Store)}
        self.names |= {each.arg for each in generator.args.args}
        self.prefix = generator.name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        own = node.id in self.names
        return ast.Name(f"{self.prefix}.{node.id}", node.ctx) if own else node


@functools.cache
def definitions(module: ModuleType) -> dict[str, ast.FunctionDef]:
    """The functions that a module of the restricted subset defines, by name."""
    tree = ast.parse(inspect.getsource(module))
    return {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}


def function_text(
    definition: ast.FunctionDef,
    constants: dict[str, int],
    *,
    inline: bool = False,
    internal: bool = False,
    generators: _Generators = MappingProxyType({}),
) -> str:
    """A function of the restricted subset as LLVM text. `constants` are names of its module
    that stand for numbers, `generators` what it may loop over."""
    compiler = _Compiler(constants, generators)
    parameters = [each.arg for each in definition.args.args]
    for each in parameters:
        compiler.locals[each] = None
        compiler.line(f"store i64 %{each}, ptr %{each}.at")
    if compiler.block(definition.body):
        compiler.line("ret i64 0")
    kind = "internal" if inline or internal else ""
    attribute = "alwaysinline" if inline else ""
    head = ", ".join(f"i64 %{each}" for each in parameters)
    return "\n".join(
        [
            f"define {kind} i64 @{definition.name}({head}) {attribute} {{",
            "first.block:",
            *(f"  %{each}.at = alloca i64" for each in compiler.locals),
            *compiler.lines,
            "}",
        ]
    )


def module_text(
    modules: Iterable[ModuleType], linked: Iterable[ModuleType], constants: dict[str, int]
) -> str:
    """The functions of some modules as LLVM text. What they call of the `linked` ones is put
    in where that module says INLINED, and declared where it does not."""
    own = {name for module in modules for name in definitions(module)}
    every: dict[str, tuple[ast.FunctionDef, bool]] = {}
    for module in (*linked, *modules):
        for name, definition in definitions(module).items():
            every[name] = (definition, name in module.INLINED)
    generators = {name: each for name, (each, _) in every.items() if _yields(each)}
    parts: dict[str, str] = {}
    waiting = [name for name, (_, inline) in every.items() if name in own and not inline]
    while waiting:
        name = waiting.pop()
        if name in parts or name not in every:
            continue
        definition, inline = every[name]
        if name in generators:
            waiting += _called(definition)
        elif name in own or inline:
            parts[name] = function_text(definition, constants, inline=inline, generators=generators)
            waiting += _called(definition)
        else:
            arguments = ", ".join("i64" for _ in definition.args.args)
            parts[name] = f"declare i64 @{name}({arguments})"
    return "\n\n".join(parts.values())


def functions_text(module: ModuleType, wanted: Iterable[str], constants: dict[str, int]) -> str:
    """Some functions of a module, and what they call of it, as LLVM text for another module."""
    every = definitions(module)
    parts: dict[str, str] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in parts or name not in every:
            continue
        inline = name in module.INLINED
        parts[name] = function_text(every[name], constants, inline=inline, internal=True)
        waiting += _called(every[name])
    return "\n\n".join(parts.values())


def _yields(definition: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield) for node in ast.walk(definition))


def _called(definition: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(definition):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
