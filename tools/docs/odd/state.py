"""State variables of the model description: what classes set when they are made, and what it means."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

from tools.docs.odd.words import WORDS
from tools.docs.places import ROOT

ENTITIES: dict[str, str] = {
    "Organisation": "agents/world/organisation.py",
    "Commissioner": "agents/entities/commissioner.py",
    "Provider": "agents/entities/provider.py",
    "Vehicle": "agents/entities/special_purpose_vehicle.py",
    "Practice": "agents/entities/general_practice/practice.py",
    "PracticeGroup": "agents/entities/general_practice/practice_group.py",
    "PracticeNetwork": "agents/entities/general_practice/practice_group.py",
    "GPFederation": "agents/entities/general_practice/practice_group.py",
    "Regulator": "agents/market_structure/regulator.py",
    "CoCommissioner": "agents/entities/pooled_budget.py",
    "Need": "market/pathways.py",
    "ServiceItem": "market/pathways.py",
    "Lot": "market/procurement.py",
    "Bid": "market/procurement.py",
    "Procurement": "market/procurement.py",
    "Tender": "agents/entities/tender.py",
    "StagedTender": "agents/procurement/stages.py",
    "Submission": "agents/entities/submission.py",
    "Award": "agents/procurement/award.py",
    "Contract": "market/contracts.py",
    "SubContract": "market/contracts.py",
    "ContractInForce": "agents/entities/contract.py",
    "Allocation": "agents/entities/contract.py",
    "Failure": "agents/entities/contract.py",
    "MarketBeliefs": "agents/records/market_beliefs.py",
    "TrustNetwork": "market/relationships.py",
    "SupplierExperience": "agents/costs/supplier_experience.py",
    "Ledger": "market/ledger.py",
}
"""Entities with state, and where they are defined. Kinds of provider add no state that is not listed."""


def _classes(path: Path) -> dict[str, ast.ClassDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


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
        raise KeyError(f"{entity}.{name}: neither docstring nor tools/docs/odd/words.py says what it means")
    return meaning.rstrip(".")
