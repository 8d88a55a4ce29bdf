"""Events of the model description: rules marked as event handlers, and the calls that schedule them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tools.docs.places import ROOT

CALLERS: dict[str, str] = {}
"""Variable through which a scheduled method is called -> its class, if several classes have a method of that name."""
SCHEDULES = {"schedule", "plan", "later"}
"""Methods that schedule a rule, which is their first argument."""


@dataclass(slots=True)
class Handler:
    """A rule that can be an event: its class or module, its description, and the calls that schedule it."""

    owner: str
    name: str
    says: str
    scheduled: list[str] = field(default_factory=list)


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "agents").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _functions(path: str, tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods of a module, each with its class or, for functions, its module."""
    module = path.rpartition("/")[2].removesuffix(".py")
    for node in tree.body:
        owner, parts = (node.name, node.body) if isinstance(node, ast.ClassDef) else (module, [node])
        yield from ((owner, part) for part in parts if isinstance(part, ast.FunctionDef))


def handlers() -> list[Handler]:
    """Every event handler with the places that schedule it."""
    found: list[Handler] = []
    for path, tree in _modules():
        for owner, function in _functions(path, tree):
            if any(isinstance(d, ast.Name) and d.id == "event_handler" for d in function.decorator_list):
                says = (ast.get_docstring(function) or "").partition("\n\n")[0]
                found.append(Handler(owner, function.name, " ".join(says.split())))
    for path, tree in _modules():
        for owner, function in _functions(path, tree):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args:
                    handler = _of(found, call.args[0], owner) if call.func.attr in SCHEDULES else None
                    if handler is not None:
                        handler.scheduled.append(f"`{owner}.{function.name}`, {_when(call)}")
    return found


def _of(found: Sequence[Handler], target: ast.expr, owner: str) -> Handler | None:
    """The handler that an argument names: a method, a function, or ``MethodType(function, subject)``; else None."""
    if isinstance(target, ast.Call) and ast.unparse(target.func) == "MethodType":
        target = target.args[0]
    if isinstance(target, ast.Name):
        return next((h for h in found if h.name == target.id), None)
    if not isinstance(target, ast.Attribute):
        return None
    named = [h for h in found if h.name == target.attr]
    base = target.value.id if isinstance(target.value, ast.Name) else ""
    mine = [h for h in named if h.owner == (owner if base == "self" else CALLERS.get(base, ""))]
    (handler,) = mine or named
    return handler


def _when(call: ast.Call) -> str:
    """Delay as written in the code: ``after`` months, or ``at`` a month."""
    for keyword in call.keywords:
        if keyword.arg in {"after", "at"}:
            return f"{keyword.arg} `{ast.unparse(keyword.value)}`"
    return f"after `{ast.unparse(call.args[1])}`"


def event_table() -> list[str]:
    """Rows: event, what happens, what schedules it."""
    lines = ["| event | what happens | scheduled by, months |", "| --- | --- | --- |"]
    for handler in handlers():
        if not (handler.says and handler.scheduled):
            raise ValueError(f"{handler.owner}.{handler.name}: no docstring, or nothing schedules it")
        by = "; ".join(handler.scheduled)
        lines.append(f"| `{handler.owner}.{handler.name}` | {handler.says} | {by} |")
    return [line.replace(" || ", " or ") for line in lines]
