"""Chart of procurements and contracts over time."""

from __future__ import annotations

from typing import Any

import altair as alt

from caremarket.experiments.report.figures.frames import Tables, last_month
from caremarket.experiments.report.figures.style import (
    ACCENT,
    Theme,
    data,
    faint,
    finish,
    ink,
    kind_colours,
    muted,
    paper,
    time_axis,
)
from caremarket.experiments.report.figures.timeline_data import contract_timeline_data


def contract_timeline(
    tables: Tables,
    month: float | None = None,
    theme: Theme = "light",
    *,
    lots: int = 18,
    commissioner: int | None = None,
    organisation: int | None = None,
    until: float | None = None,
    width: int = 760,
    height: int = 520,
) -> Any:
    """One row per lot: its procurements as thin lines, its contracts as bars in the colour of their holders.

    Args:
        lots: number of rows, for the lots of the largest yearly value.
        commissioner: index of a commissioner, to show only its lots.
        organisation: index of a provider, to show only the lots that it has held or bid for.
        tables, month, theme, until, width, height: as for :func:`caremarket.experiments.report.figures.market_shares`.

    Raises:
        ConfigurationError: a table is missing, or an argument is not allowed.
    """
    found = contract_timeline_data(tables, month, lots=lots, commissioner=commissioner, organisation=organisation)
    end = last_month(tables, month) if until is None else until
    # The largest possible number of rows: row height stays the same while a run continues.
    rows = len(found["lots"]) if until is None else lots
    y = alt.Scale(domain=[max(rows, 1), 0], nice=False, zero=False)
    x = time_axis("from", end)
    per_row = height / max(rows, 1)
    layers = [
        *_ground(theme, y),
        _procurement_lines(theme, x, y),
        _contract_bars(theme, x, y),
        *_names_in_bars(x, y, end, width, per_row),
        *_crosses(theme, end, y),
    ]
    chart = alt.layer(*layers).properties(width=width, height=height)
    return finish(
        chart,
        found,
        theme,
        "Procurements and contracts",
        "line: procurement; bar: contract; ✕: procurement failed or contract ended before its time",
    )


def _ground(theme: Theme, y: alt.Scale) -> list[Any]:
    base = alt.Chart(data("lots"))
    place = alt.Y("lot:Q", scale=y, axis=None)
    lines = base.mark_rule(color=faint(theme), strokeWidth=0.7).encode(y=place)
    labels = base.mark_text(align="right", baseline="middle", dx=-8, fontSize=11.5, color=ink(theme), limit=330).encode(
        x=alt.value(0), y=alt.Y("middle:Q", scale=y, axis=None), text="label:N"
    )
    return [lines, labels.transform_calculate(middle="datum.lot + 0.55")]


def _procurement_lines(theme: Theme, x: alt.X, y: alt.Scale) -> Any:
    return (
        alt.Chart(data("procurements"))
        .mark_rule(strokeWidth=4, color=muted(theme), opacity=0.75, clip=True)
        .encode(x=x, x2="to", y=alt.Y("y:Q", scale=y, axis=None), tooltip=_about_procurement())
    )


def _about_procurement() -> list[Any]:
    return [
        alt.Tooltip("fate:N", title="procurement"),
        "route:N",
        alt.Tooltip("since:N", title="opened"),
        alt.Tooltip("until:N", title="to"),
        "bidders:N",
        "winner:N",
    ]


def _about_contract() -> list[Any]:
    return [
        alt.Tooltip("holder:N", title="contract held by"),
        "kind:N",
        "form:N",
        alt.Tooltip("millions:Q", title="£m a year", format=",.2f"),
        alt.Tooltip("since:N", title="from"),
        alt.Tooltip("until:N", title="to"),
        alt.Tooltip("fate:N", title="ending"),
    ]


def _contract_bars(theme: Theme, x: alt.X, y: alt.Scale) -> Any:
    return (
        alt.Chart(data("contracts"))
        .mark_rect(stroke=paper(theme), strokeWidth=1, clip=True)
        .encode(
            x=x,
            x2="to",
            y=alt.Y("top:Q", scale=y, axis=None),
            y2="bottom",
            color=alt.Color("kind:N", scale=kind_colours(theme), title=None, legend=alt.Legend(orient="right")),
            tooltip=_about_contract(),
        )
    )


def _names_in_bars(x: alt.X, y: alt.Scale, end: float, width: int, per_row: float) -> list[Any]:
    """Names in bars that are long enough, in black, which is legible on the colour of every kind."""
    size = max(7.0, min(11.0, per_row * 0.48))
    needed = f"length(datum.label) * {0.6 * size * max(end, 1.0) / width:.4f}"
    base = alt.Chart(data("contracts")).transform_filter(f"datum.label != '' && datum.months > {needed}")
    place = {"x": x, "y": alt.Y("middle:Q", scale=y, axis=None), "text": "label:N"}
    dark = "datum.kind == 'Acute trust'"
    return [
        base.transform_filter(test)
        .mark_text(align="left", baseline="middle", dx=4, fontSize=size, color=colour, clip=True)
        .encode(**place)
        for test, colour in ((dark, "#FFFFFF"), (f"!({dark})", "#000000"))
    ]


def _crosses(theme: Theme, end: float, y: alt.Scale) -> list[Any]:
    x = time_axis("date", end)
    made = []
    for name, at, about, colour in (
        ("failures", "y:Q", _about_procurement(), ACCENT),
        ("ends", "middle:Q", _about_contract(), ink(theme)),
    ):
        made.append(
            alt.Chart(data(name))
            .mark_text(text="✕", fontSize=13, fontWeight="bold", color=colour, clip=True)
            .encode(x=x, y=alt.Y(at, scale=y, axis=None), tooltip=about)
        )
    return made
