"""The page ``docs/coverage.md``: for each part of the market its file, its test and its source.

The rows are kept in ``docs/coverage/*.yaml``, a list of ``what``, ``kind``, ``file``, ``test`` and ``source`` each.
``tests/test_coverage.py`` checks that no part of the registries is missing and that every file and test named exists.
"""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from tools.docs.places import DOCS, HEADER

FOLDER = DOCS / "coverage"
KINDS: dict[str, str] = {
    "agent": "Agents",
    "form": "Contract forms",
    "payment": "Payment models",
    "route": "Procurement routes",
    "decision": "Decisions",
    "event": "Events",
    "lever": "Levers",
    "mechanism": "Mechanisms and their switches",
    "measure": "Measures",
    "scenario": "Scenarios",
    "hypothesis": "Hypotheses",
    "population": "Population",
}
"""Kind of row -> heading, in the order of the page."""

Row = dict[str, str]


def rows() -> list[Row]:
    """Every row of every file, by kind, then as written.

    Raises:
        ValueError: a row lacks an entry, has an unknown one, or is of an unknown kind.
    """
    found: list[Row] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or ():
            row = {str(key): str(value).strip() for key, value in entry.items() if value is not None}
            if set(row) != {"what", "kind", "file", "test", "source"} or not all(row.values()):
                raise ValueError(f"{path.name}: {entry} must have what, kind, file, test and source, none empty")
            if row["kind"] not in KINDS:
                raise ValueError(f"{path.name}: kind {row['kind']!r} is none of {', '.join(KINDS)}")
            found.append(row)
    order = list(KINDS)
    return sorted(found, key=lambda row: order.index(row["kind"]))


def coverage_page() -> str:
    """The page as text."""
    lines = [
        HEADER + "# What is built, where, shown by which test, resting on which source\n",
        "Sources: P, S, M, C and K as in [odd.md](odd.md). A path in `tests/` with `::` names one test.\n",
    ]
    for kind, heading in KINDS.items():
        mine = [row for row in rows() if row["kind"] == kind]
        if mine:
            lines += [f"## {heading}\n", "| what | file | test | source |", "| --- | --- | --- | --- |"]
            lines += list(_table(mine))
            lines.append("")
    return "\n".join(lines)


def _table(mine: Iterable[Row]) -> Iterable[str]:
    for row in mine:
        files = ", ".join(f"`{name.strip()}`" for name in row["file"].split(","))
        tests = ", ".join(f"`{name.strip()}`" for name in row["test"].split(","))
        yield f"| `{row['what']}` | {files} | {tests} | {row['source'].replace('|', '/')} |"
