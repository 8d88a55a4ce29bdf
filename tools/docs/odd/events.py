"""Events of the model description: methods marked as event handlers, and the calls that schedule them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tools.docs.places import ROOT

CALLERS = {"watch": "EntryWatch"}
"""Owner of a scheduled handler, where several classes have one of that name, by the variable it is called through."""


@dataclass(slots=True)
class Handler:
    """A method that can be an event: whose it is, what it does, and from where it is scheduled, with the delay."""

    owner: str
    name: str
    path: str
    says: str
    scheduled: list[str] = field(default_factory=list)


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "agents").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def handlers() -> list[Handler]:
    """Every event handler with the places that schedule it."""
    found: list[Handler] = []
    for path, tree in _modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef) and any(
                        isinstance(d, ast.Name) and d.id == "event_handler" for d in method.decorator_list
                    ):
                        says = (ast.get_docstring(method) or "").partition("\n\n")[0]
                        found.append(Handler(node.name, method.name, path, " ".join(says.split())))
    for path, tree in _modules():
        _add_callers(path, tree, found)
    return found


def _add_callers(path: str, tree: ast.Module, found: list[Handler]) -> None:
    for node in tree.body:
        owner = node.name if isinstance(node, ast.ClassDef) else ""
        functions = node.body if isinstance(node, ast.ClassDef) else [node]
        for function in functions:
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
                    continue
                target = call.args[0]
                if call.func.attr not in {"schedule", "_plan"} or not isinstance(target, ast.Attribute):
                    continue
                handler = _of(found, target, owner)
                where = f"{owner}.{function.name}" if owner else f"{path.removesuffix('.py')}: {function.name}"
                handler.scheduled.append(f"`{where}`, {_when(call)}")


def _of(found: Sequence[Handler], target: ast.Attribute, owner: str) -> Handler:
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
