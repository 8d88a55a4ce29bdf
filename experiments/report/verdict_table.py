"""Verdicts as readable tables: in a terminal, in the documentation, in MLflow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from caremarket.experiments.analysis.measures import ABSENT, formatted_change, readable
from caremarket.experiments.evidence.verdicts import CONFIRMED, GONE, NO_SWITCH, REFUTED, UNDECIDED

Row = Mapping[str, Any]
COLUMNS = ("", "verdict", "claims", "measure", "effect", "runs", "without it", "mechanism")
ROBUST = "sign holds"


def headline(rows: Sequence[Row]) -> str:
    """Number of hypotheses with each verdict, in a sentence."""
    count = Counter(row["verdict"] for row in rows)
    gone = sum(row["verdict"] == CONFIRMED and row["ablation"] == GONE for row in rows)
    none = sum(row["verdict"] == CONFIRMED and row["ablation"] == NO_SWITCH for row in rows)
    without = f" ({none} more has no switch)" if none == 1 else f" ({none} more have no switch)" if none else ""
    return (
        f"Of {len(rows)} hypotheses {count[CONFIRMED]} are confirmed, {count[REFUTED]} refuted and {count[UNDECIDED]} "
        f"undecided; {gone} are confirmed with the effect gone without the mechanism{without}"
    )


def verdict_rows(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Column heads, then a row per hypothesis; with a robustness column if that is known.

    ``claims`` is the number of a hypothesis' claims confirmed, out of all; ``measure`` has the direction
    claimed. The effect without the mechanism is given only for confirmed hypotheses.
    """
    robust = any(row.get("robust_share") is not None for row in rows)
    found: list[tuple[str, ...]] = [(*COLUMNS, ROBUST) if robust else COLUMNS]
    for row in rows:
        measure, share = row["measure"], row.get("robust_share")
        confirmed = sum(claim["verdict"] == CONFIRMED for claim in row["claims"])
        line = (
            row["id"],
            row["verdict"],
            f"{confirmed} of {len(row['claims'])}",
            f"{readable(measure)} {'+' if row['sign'] > 0 else '-'}",
            _with_interval(measure, row["effect"], row["low"], row["high"]),
            str(row["runs"]),
            _with_interval(measure, row["ablation_effect"], row["ablation_low"], row["ablation_high"]),
            row["ablation"] if row["verdict"] == CONFIRMED else ABSENT,
        )
        found.append((*line, ABSENT if share is None else f"{share:.0%}") if robust else line)
    return found


def _with_interval(measure: str, mean: float | None, low: float | None, high: float | None) -> str:
    """``-8.7 (-10.5 to -6.8) points``."""
    if mean is None:
        return ABSENT
    texts = [formatted_change(measure, value) for value in (mean, low, high)]
    word = " points" if texts[0].endswith(" points") else ""
    texts = [text.removesuffix(word) for text in texts]
    return f"{texts[0]} ({texts[1]} to {texts[2]}){word}"


def claim_rows(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Column heads, then a row for each claim of the hypotheses that have several."""
    found: list[tuple[str, ...]] = [("", "measure", "arms", "verdict", "effect", "without it", "mechanism")]
    for row in rows:
        if len(row["claims"]) < 2:
            continue
        for claim in row["claims"]:
            measure = claim["measure"]
            found.append(
                (
                    row["id"],
                    f"{readable(measure)} {'+' if claim['sign'] > 0 else '-'}",
                    " → ".join(claim["arms"]),
                    claim["verdict"],
                    _with_interval(measure, claim["effect"], claim["low"], claim["high"]),
                    _with_interval(measure, claim["ablation_effect"], claim["ablation_low"], claim["ablation_high"]),
                    (claim["ablation"] or ABSENT) if claim["verdict"] == CONFIRMED else ABSENT,
                )
            )
    return found


def verdict_page(rows: Sequence[Row], notes: Mapping[str, str]) -> str:
    """The verdicts in Markdown: a sentence, tables, and notes on some of them.

    Args:
        rows: as in ``verdicts.json``.
        notes: id -> explanation.
    """
    heads, *lines = verdict_rows(rows)
    sources = {row["id"]: f"{row['claim']} ({row['source']})" for row in rows}
    with_claims = [(line[0], sources[line[0]], *line[1:]) for line in lines]
    parts = [f"{headline(rows)}.", _table([(heads[0], "claim", *heads[1:]), *with_claims])]
    told = [f"- **{row['id']}**, {row['verdict']}: {notes[row['id']]}" for row in rows if notes.get(row["id"])]
    if told:
        parts.append("\n".join(told))
    several = claim_rows(rows)
    if len(several) > 1:
        parts += ["Each claim of the hypotheses that have several:", _table(several)]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Sequence[str]]) -> str:
    heads, *lines = rows
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ("---",) * len(heads), *lines))
