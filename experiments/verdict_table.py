"""Verdicts as people read them: in a terminal, in the documentation, in MLflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.measures import ABSENT, formatted_change, readable
from experiments.verdicts import CONFIRMED, GONE, NO_SWITCH, REFUTED, UNDECIDED

Row = Mapping[str, Any]
COLUMNS = ("", "verdict", "measure", "claimed", "effect", "interval", "runs", "without it", "mechanism")
ROBUST = "sign holds"


def headline(rows: Sequence[Row]) -> str:
    """How many hypotheses came out how, in a sentence."""
    count = Counter(row["verdict"] for row in rows)
    gone = sum(row["verdict"] == CONFIRMED and row["ablation"] == GONE for row in rows)
    none = sum(row["verdict"] == CONFIRMED and row["ablation"] == NO_SWITCH for row in rows)
    without = f" ({none} more has no switch)" if none == 1 else f" ({none} more have no switch)" if none else ""
    return (
        f"Of {len(rows)} hypotheses {count[CONFIRMED]} are confirmed, {count[REFUTED]} refuted and {count[UNDECIDED]} "
        f"undecided; {gone} are confirmed with the effect gone without the mechanism{without}"
    )


def verdict_rows(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Heads of columns, then a line a hypothesis; with a column on robustness where that is known."""
    robust = any(row.get("robust_share") is not None for row in rows)
    found: list[tuple[str, ...]] = [(*COLUMNS, ROBUST) if robust else COLUMNS]
    for row in rows:
        measure = row["measure"]
        line = (
            row["id"],
            row["verdict"],
            readable(measure),
            "+" if row["sign"] > 0 else "-",
            formatted_change(measure, row["effect"]),
            _interval(measure, row["low"], row["high"]),
            str(row["runs"]),
            formatted_change(measure, row["ablation_effect"]),
            row["ablation"],
        )
        share = row.get("robust_share")
        found.append((*line, ABSENT if share is None else f"{share:.0%}") if robust else line)
    return found


def _interval(measure: str, low: float | None, high: float | None) -> str:
    if low is None:
        return ABSENT
    return f"{formatted_change(measure, low)} to {formatted_change(measure, high)}"


def verdict_page(rows: Sequence[Row], notes: Mapping[str, str]) -> str:
    """The verdicts in Markdown: a sentence, a table, and what there is to say to some of them.

    Args:
        rows: as in ``verdicts.json``.
        notes: id -> explanation.
    """
    heads, *lines = verdict_rows(rows)
    sources = {row["id"]: f"{row['claim']} ({row['source']})" for row in rows}
    table = [_line((heads[0], "claim", *heads[1:])), _line(("---",) * (len(heads) + 1))]
    table += [_line((line[0], sources[line[0]], *line[1:])) for line in lines]
    told = [f"- **{row['id']}**, {row['verdict']}: {notes[row['id']]}" for row in rows if notes.get(row["id"])]
    parts = [f"{headline(rows)}.", "\n".join(table)]
    return "\n\n".join([*parts, "\n".join(told)] if told else parts) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
