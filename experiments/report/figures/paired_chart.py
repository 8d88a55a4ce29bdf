"""Chart, for a page, of paired differences of policies from a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pyarrow as pa

from caremarket.experiments.analysis.measures import Unit, formatted_change, readable, unit
from caremarket.experiments.report.figures.style import Datasets, Rows, Theme, check_theme, data, finish, muted
from caremarket.market.errors import ConfigurationError

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#999999")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
COLUMNS = 3


def paired_differences_data(comparison: pa.Table, measures: Sequence[str] | None = None) -> Datasets:
    """The data of :func:`paired_differences`: one dataset per measure, one row per policy.

    Raises:
        ConfigurationError: a measure was not compared.
    """
    rows = comparison.to_pylist()
    known = list(dict.fromkeys(row["measure"] for row in rows))
    unknown = [name for name in measures or () if name not in known]
    if unknown:
        raise ConfigurationError(unknown[0], "was not compared; docs/measures.md lists the measures")
    arms = list(dict.fromkeys(row["arm"] for row in rows))
    made: Datasets = {}
    for name in measures or known:
        here = [row for row in rows if row["measure"] == name and row["difference"] is not None]
        if here:
            made[name] = _rows(name, here, arms)
    return made


def _rows(name: str, found: list[dict[str, Any]], arms: list[str]) -> Rows:
    factor = _unit(name, found).factor
    return [
        {
            "arm": row["arm"],
            "order": arms.index(row["arm"]),
            "baseline": row["baseline"],
            "difference": factor * row["difference"],
            "low": factor * (row["difference"] if row["t_low"] is None else row["t_low"]),
            "high": factor * (row["difference"] if row["t_high"] is None else row["t_high"]),
            "text": formatted_change(name, row["difference"]),
            "pairs": row["pairs"],
        }
        for row in found
    ]


def paired_differences(
    comparison: pa.Table, measures: Sequence[str] | None = None, theme: Theme = "light", *, width: int = 260
) -> Any:
    """Mean difference from the baseline over pairs of runs with the same seed, with its 95% interval.

    Args:
        comparison: table with the schema of :data:`caremarket.experiments.analysis.comparison.SCHEMA`.
        measures: measures to show, in this order; None for all that were compared.
        theme: ``light`` or ``dark``.
        width: width of a panel, in pixels.

    Raises:
        ConfigurationError: a measure was not compared, or none of them could be.
    """
    check_theme(theme)
    found = paired_differences_data(comparison, measures)
    if not found:
        raise ConfigurationError("measures", "there is nothing to compare: in no pair was one measured in both runs")
    rows = comparison.to_pylist()
    arms = list(dict.fromkeys(str(row["arm"]) for row in rows))
    panels = []
    for number, name in enumerate(found):
        text = _unit(name, [row for row in rows if row["measure"] == name]).text
        panels.append(_panel(theme, name, text, arms, width, first=number % COLUMNS == 0))
    baseline = next(iter(found.values()))[0]["baseline"]
    chart = alt.concat(*panels, columns=COLUMNS, spacing=22)
    return finish(
        chart,
        found,
        theme,
        "Paired differences",
        f"from {baseline}: mean and 95% interval over pairs of runs with the same seed",
    )


def _unit(name: str, rows: Rows) -> Unit:
    """Unit in which to show the differences of a measure and the ends of their intervals."""
    ends = [abs(row[key]) for row in rows for key in ("t_low", "t_high", "difference") if row[key] is not None]
    return unit(name, max(ends, default=0.0))


def _panel(theme: Theme, name: str, text: str, arms: list[str], width: int, *, first: bool) -> Any:
    base = alt.Chart(data(name))
    title = "points" if text == "%" else text or None
    y = alt.Y("arm:N", sort=arms, title=None, axis=alt.Axis(labels=first, ticks=False, domain=False, labelLimit=240))
    colour = alt.Color("arm:N", scale=alt.Scale(domain=arms, range=_cycled(COLOURS, len(arms))), legend=None)
    about = [
        "arm:N",
        alt.Tooltip("text:N", title="difference"),
        alt.Tooltip("low:Q", format=",.3g"),
        alt.Tooltip("high:Q", format=",.3g"),
        "pairs:Q",
    ]
    bar = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", title=title, axis=alt.Axis(tickCount=5)), x2="high", y=y, color=colour, tooltip=about
    )
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(
        x="difference:Q",
        y=y,
        color=colour,
        shape=alt.Shape("arm:N", scale=alt.Scale(domain=arms, range=_cycled(SHAPES, len(arms))), legend=None),
        tooltip=about,
    )
    none = base.mark_rule(color=muted(theme), strokeWidth=1).encode(x=alt.datum(0.0))
    return alt.layer(none, bar, dot).properties(
        width=width,
        height=max(60, 30 * len(arms)),
        title=alt.TitleParams(readable(name), fontSize=13, limit=width + 40),
    )


def _cycled(values: Sequence[str], count: int) -> list[str]:
    return [values[n % len(values)] for n in range(count)]
