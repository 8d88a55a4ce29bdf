"""Outcome and cost at the end of every year."""

from __future__ import annotations

from typing import Any

import altair as alt
import pyarrow as pa
import pyarrow.compute as pc

from caremarket.experiments.report.figures.frames import Tables, table
from caremarket.experiments.report.figures.style import (
    ACCENT,
    LARGE,
    WARNING,
    Datasets,
    Rows,
    Theme,
    check_theme,
    data,
    finish,
    ink,
    milliseconds,
    muted,
    time_axis,
)
from caremarket.market.errors import ConfigurationError

COST = {"public_cost_pence": "care", "commissioner_transaction_cost_pence": "buying it", "rescue_pence": "rescues"}
"""Running totals of public cost; the first includes the others."""


def outcome_cost_data(tables: Tables, month: float | None = None) -> Datasets:
    """Data of :func:`outcome_cost`: ``outcome``, a row per year, ``cost``, one per year and kind, and a ``note``."""
    if month is not None and not 0.0 <= month < float("inf"):
        raise ConfigurationError("month", f"{month!r} is not allowed; a number of months from 0 on is")
    yearly = table(tables, "yearly")
    dimension, measure = (pc.cast(yearly.column(name), pa.string()) for name in ("dimension", "measure"))
    wanted = pc.and_(pc.equal(dimension, pa.scalar("nation")), pc.is_in(measure, pa.array(["outcome_index", *COST])))
    national = yearly.filter(wanted)
    values: dict[tuple[str, int], float] = {}
    for row in national.to_pylist():
        if row["value"] is not None and (month is None or 12 * row["year"] <= month):
            values[row["measure"], row["year"]] = row["value"]
    years = sorted({year for _, year in values})
    outcome: Rows = []
    cost: Rows = []
    for year in years:
        about = {
            "from": milliseconds(12.0 * year - 11.0),
            "to": milliseconds(12.0 * year - 1.0),
            "date": milliseconds(12.0 * year),
            "when": f"year to April {2013 + year}",
        }
        if ("outcome_index", year) in values:
            outcome.append({**about, "outcome": values["outcome_index", year]})
        cost += [{**about, **part} for part in _parts(values, year)]
    note = [] if outcome or not years else [{"text": "no contract has been reviewed yet"}]
    return {"outcome": outcome, "cost": cost, "note": note}


def _parts(values: dict[tuple[str, int], float], year: int) -> Rows:
    """Cost of each year from running totals, as stacked parts from the bottom up."""
    spent = {name: values.get((name, year), 0.0) - values.get((name, year - 1), 0.0) for name in COST}
    whole, *others = COST
    spent[whole] -= sum(spent[name] for name in others)
    rows: Rows = []
    bottom = 0.0
    for name, part in COST.items():
        top = bottom + spent[name] / 1e8
        rows.append({"part": part, "bottom": bottom, "top": top, "millions": spent[name] / 1e8})
        bottom = top
    return rows


def outcome_cost(
    tables: Tables,
    month: float | None = None,
    theme: Theme = "light",
    *,
    until: float | None = None,
    width: int = 760,
    height: int = 400,
) -> Any:
    """Outcome index since the start of the run, and public cost in every year, by type of spending.

    Read from the ``yearly`` table, so nothing is shown before the end of the first year. Other arguments and errors are
    those of :func:`caremarket.experiments.report.figures.market_shares`.
    """
    check_theme(theme)
    found = outcome_cost_data(tables, month)
    years = {row["date"] for row in found["cost"]}
    end = until if until is not None else 12.0 * max(len(years), 1)
    outcome = (
        alt.Chart(data("outcome"))
        .mark_line(strokeWidth=2.5, color=ink(theme), point=alt.OverlayMarkDef(size=45, color=ink(theme)))
        .encode(
            x=time_axis("date", end, labels=False),
            # The same scale in every chart, so that two policies side by side can be compared by eye.
            y=alt.Y("outcome:Q", title="outcome index", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".1f")),
            tooltip=[alt.Tooltip("when:N", title="since April 2013, to"), alt.Tooltip("outcome:Q", format=".3f")],
        )
    )
    unknown = (
        alt.Chart(data("note"))
        .mark_text(align="left", baseline="middle", fontSize=13, color=muted(theme))
        .encode(x=alt.value(8), y=alt.value(round(height * 0.2)), text="text:N")
    )
    above = alt.layer(outcome, unknown).properties(width=width, height=round(height * 0.45))
    cost = (
        alt.Chart(data("cost"))
        .mark_rect()
        .encode(
            x=time_axis("from", end),
            x2="to",
            y=alt.Y("bottom:Q", title="public cost, £m a year", scale=alt.Scale(zero=True, nice=True)),
            y2="top",
            color=alt.Color(
                "part:N",
                scale=alt.Scale(domain=list(COST.values()), range=[LARGE, WARNING, ACCENT]),
                title=None,
                legend=alt.Legend(orient="right"),
            ),
            tooltip=["when:N", "part:N", alt.Tooltip("millions:Q", title="£m", format=",.1f")],
        )
        .properties(width=width, height=round(height * 0.55))
    )
    return finish(alt.vconcat(above, cost, spacing=8), found, theme, "Outcome and cost")
