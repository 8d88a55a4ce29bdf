"""The tables of the model description that follow from the code: ``docs/odd-tables.md``.

Events come from the methods marked as event handlers and the calls that schedule them, state variables from what
classes set when they are made and what their docstrings say, numbers of draws, states and postings from their enums.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from odd_words import WORDS

from caremarket.agents.world.organisation import ExitReason
from caremarket.market.contracts import ContractState, EndReason
from caremarket.market.ledger import ENTERS, LEAVES, Reason
from caremarket.market.procurement import TRANSITIONS, State
from caremarket.market.randomness import Purpose

ROOT = Path(__file__).resolve().parent.parent

ENTITIES: dict[str, str] = {
    "Organisation": "agents/world/organisation.py",
    "Commissioner": "agents/entities/commissioner.py",
    "Provider": "agents/entities/provider.py",
    "Vehicle": "agents/entities/special_purpose_vehicle.py",
    "Practice": "agents/primary_care/federation.py",
    "PracticeGroup": "agents/primary_care/federation.py",
    "PracticeNetwork": "agents/primary_care/federation.py",
    "GPFederation": "agents/primary_care/federation.py",
    "Regulator": "agents/market_structure/regulator.py",
    "PartnerOrganisation": "agents/money/pooled_budget.py",
    "Need": "market/pathways.py",
    "ServiceItem": "market/pathways.py",
    "Lot": "market/procurement.py",
    "Bid": "market/procurement.py",
    "Procurement": "market/procurement.py",
    "TenderProcess": "agents/procurement/tender_process.py",
    "Response": "agents/procurement/submission.py",
    "Award": "agents/procurement/award.py",
    "Contract": "market/contracts.py",
    "SubContract": "market/contracts.py",
    "ContractInForce": "agents/contracts/lifecycle.py",
    "Allocation": "agents/contracts/lifecycle.py",
    "Failure": "agents/contracts/remedies.py",
    "MarketBeliefs": "agents/records/market_beliefs.py",
    "TrustNetwork": "market/relationships.py",
    "SupplierExperience": "agents/costs/supplier_experience.py",
    "Ledger": "market/ledger.py",
}
"""Entities with state, and where they are defined. Kinds of provider add no state that is not listed."""

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


def _classes(path: Path) -> dict[str, ast.ClassDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


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


# State variables ------------------------------------------------------------------------------------------


def told(docstring: str) -> dict[str, str]:
    """Meaning of attributes from the ``Attributes`` and ``Args`` sections of a docstring, continuation lines joined."""
    found: dict[str, str] = {}
    names: list[str] = []
    inside = False
    for line in docstring.splitlines():
        entry = re.match(r" {4}([a-z_]+(?:, [a-z_]+)*): (\S.*)$", line)
        if re.match(r"(Attributes|Args):$", line.strip()):
            inside = True
        elif inside and entry:
            names = entry[1].split(", ")
            found.update(dict.fromkeys(names, entry[2]))
        elif inside and names and line.startswith(" " * 8):
            found.update({n: f"{found[n]} {line.strip()}" for n in names})
        elif line.strip() and not line.startswith(" "):
            inside = False
    return found


def state_of(node: ast.ClassDef) -> list[tuple[str, str]]:
    """Public attributes of a class in the order in which it sets them, with their types where they are written."""
    found: dict[str, str] = {}
    for part in node.body:
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            if "ClassVar" not in ast.unparse(part.annotation):
                found[part.target.id] = ast.unparse(part.annotation)
        elif isinstance(part, ast.FunctionDef) and part.name == "__init__":
            types = {a.arg: ast.unparse(a.annotation) for a in [*part.args.args, *part.args.kwonlyargs] if a.annotation}
            for each in ast.walk(part):
                targets = each.targets if isinstance(each, ast.Assign) else []
                targets = [each.target] if isinstance(each, ast.AnnAssign) else targets
                for target in targets:
                    if not (isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self"):
                        continue
                    value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
                    written = ast.unparse(each.annotation) if isinstance(each, ast.AnnAssign) else ""
                    if not written and isinstance(value, ast.Name):
                        written = types.get(value.id, "")
                    if not written and isinstance(value, ast.Constant):
                        written = type(value.value).__name__
                    found.setdefault(target.attr, written)
    return [(name, kind) for name, kind in found.items() if not name.startswith("_") and name != "model"]


def state_table() -> list[str]:
    """One table for each entity: state variable, type, meaning."""
    lines: list[str] = []
    for entity, path in ENTITIES.items():
        node = _classes(ROOT / path)[entity]
        docstring = ast.get_docstring(node) or ""
        parents = [ast.unparse(b) for b in node.bases if ast.unparse(b) in ENTITIES]
        also = f" Has the state of {', '.join(f'`{p}`' for p in parents)} as well." if parents else ""
        lines += [f"### {entity}\n", f"`{path}`. {' '.join(docstring.partition(chr(10) * 2)[0].split())}{also}\n"]
        rows = state_of(node)
        meanings = told(docstring)
        if rows:
            lines += ["| state variable | type | meaning |", "| --- | --- | --- |"]
            lines += [f"| `{n}` | {k.replace('|', 'or')} | {_meaning(entity, n, meanings)} |" for n, k in rows]
            lines.append("")
    return lines


def _meaning(entity: str, name: str, meanings: Mapping[str, str]) -> str:
    """From the docstring, else from the list; a state variable without a meaning is an error."""
    meaning = meanings.get(name) or WORDS.get(name)
    if meaning is None:
        raise KeyError(f"{entity}.{name}: neither docstring nor docs/odd_words.py says what it means")
    return meaning.rstrip(".")


# Numbers --------------------------------------------------------------------------------------------------


def _numbers(kind: type[IntEnum]) -> str:
    return ", ".join(f"{member.name.lower()} {member.value}" for member in kind)


def odd_tables_page(header: str) -> str:
    """``docs/odd-tables.md``."""
    moves = [
        f"{s.name.lower()} → {', '.join(t.name.lower() for t in sorted(after))}"
        for s, after in TRANSITIONS.items()
        if after
    ]
    lines = [
        header + "# Tables of the model description\n",
        "They belong to [odd.md](odd.md). Parameters stand in [configuration.md](configuration.md), measures in "
        "[measures.md](measures.md), columns of the tables a run writes in [tables.md](tables.md).\n",
        "## Events\n",
        "Every method that can be an event. The delay is as in the code: *after* so many months, or *at* a month.\n",
        *event_table(),
        "",
        "## State variables\n",
        "What each entity has when it is made; names that begin with an underscore, which only it reads, are left out. "
        "A type is given where the code writes it.\n",
        *state_table(),
        "## Numbers in the keys of draws\n",
        f"Purposes: {_numbers(Purpose)}.\n",
        f"States of a procurement: {_numbers(State)}.\n",
        f"Moves allowed: {'; '.join(moves)}.\n",
        f"States of a contract: {_numbers(ContractState)}. Why one ended: {_numbers(EndReason)}. Why an organisation "
        f"left: {_numbers(ExitReason)}.\n",
        "## Reasons of postings\n",
        "| reason | number | money |",
        "| --- | --- | --- |",
        *(
            f"| `{r.name.lower()}` | {r.value} | {'enters' if r in ENTERS else 'leaves' if r in LEAVES else 'moves'} |"
            for r in Reason
        ),
        "",
    ]
    return "\n".join(lines)
