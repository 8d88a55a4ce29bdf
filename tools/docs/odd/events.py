"""Events of the model description: functions and methods marked as event handlers, and what schedules them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tools.docs.places import ROOT

CALLERS = {"watch": "EntryWatch"}
"""Owner of a scheduled handler, where several classes have one of that name, by the variable it is called through."""

SCHEDULING = frozenset({"schedule", "plan", "later"})
"""Methods that put an event on the schedule: of the market, of a contract, of a failure."""


@dataclass(slots=True)
class Handler:
    """A rule that can be an event: what it does, and from where it is scheduled, with the delay.

    ``owner`` is the class that has the method, or the class of what the function takes.
    """

    owner: str
    name: str
    path: str
    says: str
    scheduled: list[str] = field(default_factory=list)


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "agents").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _marked(function: ast.FunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "event_handler" for d in function.decorator_list)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of a module, and the class it is a method of, or an empty string."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from ((node.name, method) for method in node.body if isinstance(method, ast.FunctionDef))
        elif isinstance(node, ast.FunctionDef):
            yield "", node


def handlers() -> list[Handler]:
    """Every event handler with the places that schedule it."""
    found: list[Handler] = []
    for path, tree in _modules():
        for owner, function in _functions(tree):
            if _marked(function):
                says = (ast.get_docstring(function) or "").partition("\n\n")[0]
                takes = function.args.args[0].annotation
                whose = owner or (ast.unparse(takes) if takes else "")
                found.append(Handler(whose, function.name, path, " ".join(says.split())))
    for path, tree in _modules():
        _add_callers(path, tree, found)
    return found


def _add_callers(path: str, tree: ast.Module, found: list[Handler]) -> None:
    for owner, function in _functions(tree):
        for call in ast.walk(function):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
                continue
            if call.func.attr not in SCHEDULING:
                continue
            handler = _of(found, call.args[0], owner)
            if handler is not None:
                where = f"{owner}.{function.name}" if owner else f"{path.removesuffix('.py')}: {function.name}"
                handler.scheduled.append(f"`{where}`, {_when(call)}")


def _of(found: Sequence[Handler], target: ast.expr, owner: str) -> Handler | None:
    """Handler that a call schedules: a method, a function, or a function bound by ``MethodType``; None for others."""
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
    """Delay as the code has it: ``after`` months, or ``at`` a month."""
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
