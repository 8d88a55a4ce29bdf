"""State variables of the model description: attributes that classes set when created, with their meaning."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from tools.docs.odd.words import WORDS
from tools.docs.places import ROOT

ENTITIES = (
    "Organisation",
    "Commissioner",
    "Provider",
    "Vehicle",
    "Practice",
    "PracticeGroup",
    "PracticeNetwork",
    "GPFederation",
    "Regulator",
    "CoCommissioner",
    "Need",
    "ServiceItem",
    "Lot",
    "Bid",
    "Procurement",
    "Tender",
    "StagedTender",
    "Contest",
    "Submission",
    "Award",
    "Contract",
    "SubContract",
    "ContractInForce",
    "Allocation",
    "Failure",
    "MarketBeliefs",
    "OfferRecord",
    "PastOffers",
    "TrustNetwork",
    "SupplierExperience",
    "Ledger",
)
"""Classes with state, in the order of the page. Kinds of provider add no state that is not listed."""


def _definitions() -> dict[str, tuple[str, ast.ClassDef]]:
    """Name of each entity -> file and definition in ``agents/`` or ``market/``."""
    found: dict[str, tuple[str, ast.ClassDef]] = {}
    for folder in ("agents", "market"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and node.name in ENTITIES:
                    if node.name in found:
                        raise ValueError(
                            f"{node.name} is defined in {found[node.name][0]} and in {path.relative_to(ROOT)}"
                        )
                    found[node.name] = (path.relative_to(ROOT).as_posix(), node)
    return found


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
    """Public attributes of a class in the order in which it sets them, with their types if the code states them."""
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
    definitions = _definitions()
    for entity in ENTITIES:
        path, node = definitions[entity]
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
    """Meaning from the docstring, else from the list; a state variable without a meaning raises an error."""
    meaning = meanings.get(name) or WORDS.get(name)
    if meaning is None:
        raise KeyError(f"{entity}.{name}: neither docstring nor tools/docs/odd/words.py says what it means")
    return meaning.rstrip(".")
