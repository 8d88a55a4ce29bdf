"""Figures of the market as readable tables: in a terminal and in the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from caremarket.experiments.analysis.measures import ABSENT
from caremarket.experiments.evidence.market.figure import MILLIONS, SHARE, SHOWN, VERDICTS, WITHIN

Row = Mapping[str, Any]
COLUMNS = ("", "figure", "found", "95% interval", "bar", "verdict", "observations")


def market_headline(rows: Sequence[Row]) -> str:
    """Number of figures with each verdict, in a sentence."""
    count = Counter(row["verdict"] for row in rows)
    seeds = max((row["runs"] for row in rows), default=0)
    others = ", ".join(f"{count[word]} {word}" for word in VERDICTS if word not in {WITHIN, SHOWN} and count[word])
    held = sum(row["bar_low"] is not None or row["bar_high"] is not None for row in rows)
    return f"Market, {seeds} seeds: {count[WITHIN]} of {held} figures with a bar are within it{others and '; '}{others}"


def market_lines(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """Column heads, then a line for each figure."""
    found: list[tuple[str, ...]] = [COLUMNS]
    for row in rows:
        unit, value = row["unit"], row["found"]
        interval = ABSENT if row["low"] is None else f"{_shown(unit, row['low'])} to {_shown(unit, row['high'])}"
        found.append(
            (row["id"], row["name"], _shown(unit, value), interval, bar(row), row["verdict"], f"{row['count']:,}")
        )
    return found


def bar(row: Row) -> str:
    """The bar of a figure: ``20.0% to 30.0%``, ``at least 2``, ``interval below 0``."""
    low, high, unit = row["bar_low"], row["bar_high"], row["unit"]
    whole = "interval " if row["sure"] else ""
    if low is not None and high is not None:
        return f"{_shown(unit, low)} to {_shown(unit, high)}" if low < high else _shown(unit, low)
    if low is not None:
        return f"{whole}above {low:g}" if row["sure"] else f"at least {_shown(unit, low)}"
    if high is not None:
        return f"{whole}below {high:g}" if row["sure"] else f"at most {_shown(unit, high)}"
    return ABSENT


def market_page(rows: Sequence[Row]) -> str:
    """The figures as Markdown: the headline, and a table."""
    head, *lines = market_lines(rows)
    text = [f"{market_headline(rows)}.", "", f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*text, *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"


def _shown(unit: str, value: float | None) -> str:
    if value is None:
        return ABSENT
    if unit == SHARE:
        return f"{100 * value:.1f}%"
    if unit == MILLIONS:
        return f"£{value:.1f}m" if value >= 0 else f"-£{-value:.1f}m"
    return f"{value:.4f}" if abs(value) < 0.1 and value else f"{value:.3g}"
