"""Findings of a comparison: a sentence in plain English for each policy and measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from caremarket.experiments.analysis.comparison import Comparison
from caremarket.experiments.analysis.measures import ABSENT, formatted, formatted_change, is_percent, noun
from caremarket.experiments.analysis.statistics import CONFIDENCE

if TYPE_CHECKING:
    pass

Row = Mapping[str, Any]
SIGNIFICANT = 1 - CONFIDENCE


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding about one measure of one policy.

    Attributes:
        text: a sentence.
        verdict: ``higher`` or ``lower`` if the interval excludes zero, ``open`` if not, ``same`` if nothing moved,
            ``nothing`` if there was nothing to compare.
    """

    arm: str
    measure: str
    text: str
    verdict: str


def findings(comparison: Comparison, measures: Sequence[str] | None = None) -> list[Finding]:
    """A sentence for each policy and measure; the headline measures by default."""
    wanted = set(comparison.headlines if measures is None else measures)
    tested = sum(value is not None for value in comparison.table.column("p_t").to_pylist())
    rows = [row for row in comparison.table.to_pylist() if row["measure"] in wanted]
    order = {name: number for number, name in enumerate(measures or comparison.headlines)}
    arms = {name: number for number, name in enumerate(comparison.arms.others)}
    rows.sort(key=lambda row: (arms[row["arm"]], order[row["measure"]]))
    return [_finding(row, tested) for row in rows]


def verdict(row: Row) -> str:
    """Direction of a difference, in the words of :class:`Finding`."""
    if row["difference"] is None:
        return "nothing"
    if row["difference"] == 0 and row["sd"] in (0, None):
        return "same"
    low, high = row["t_low"], row["t_high"]
    if low is None or low <= 0 <= high:
        return "open"
    return "higher" if row["difference"] > 0 else "lower"


def _finding(row: Row, tested: int) -> Finding:
    name, found, moved = row["measure"], verdict(row), row["difference"]
    what = noun(name)
    if found == "nothing":
        text = f"{row['arm']}: nothing to compare for {what}: in no pair was it measured in both runs."
    elif found == "same":
        text = f"{row['arm']} makes no difference to {what}: it is the same in all {row['units']} {row['unit']}s."
    elif found == "open":
        interval = f"95% interval {interval_text(row)}" if row["t_low"] is not None else "one pair: no interval"
        text = f"{row['arm']} makes no clear difference to {what}: {formatted_change(name, moved)} ({interval})."
    else:
        verb = "raises" if moved > 0 else "lowers"
        size = formatted_change(name, moved, signed=False)
        text = (
            f"{row['arm']} {verb} {what} by {size} (95% interval {interval_text(row, as_size=True)}), from "
            f"{formatted(name, row['baseline_mean'])} to {formatted(name, row['arm_mean'])}; in {_agreeing(row)}."
        )
        if row["p_t_benjamini_hochberg"] is not None and row["p_t_benjamini_hochberg"] > SIGNIFICANT:
            text += f" Among the {tested} differences tested this may be chance."
    return Finding(row["arm"], name, text, found)


def _agreeing(row: Row) -> str:
    what = "seeds" if row["unit"] == "replicate" else "settings"
    return f"{round(row['sign_share'] * row['units'])} of {row['units']} {what}"


def interval_text(row: Row, kind: str = "t", as_size: bool = False) -> str:
    """The interval of a difference: ``7.1 to 11.5``; optionally its size without signs; a dash if none."""
    low, high = row[f"{kind}_low"], row[f"{kind}_high"]
    if low is None or high is None:
        return ABSENT
    name = row["measure"]
    if as_size and high < 0:
        low, high = -high, -low
    ends = [formatted_change(name, end, signed=not as_size) for end in (low, high)]
    if is_percent(name):
        ends = [end.removesuffix(" points") for end in ends]
    return " to ".join(ends)
