"""Value promised to small providers under sub-contracts, and value delivered."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from caremarket.experiments.report.figures.frames import (
    Organisations,
    Tables,
    at_last_note,
    integers,
    last_month,
    numbers,
    positions_until,
)
from caremarket.experiments.report.figures.style import (
    LARGE,
    SMALL,
    Datasets,
    Rows,
    Theme,
    data,
    date_text,
    finish,
    ink,
    kind_colours,
    milliseconds,
    muted,
    time_axis,
)

GROUPS = {True: "small providers", False: "large providers"}
SUPPLIERS = 14
"""Number of sub-contractors shown separately: those with the largest promised value."""


def promised_delivered_data(tables: Tables, month: float | None = None) -> Datasets:
    """The data of :func:`promised_delivered`: ``time``, ``suppliers`` and a ``note`` of one row."""
    known, now = positions_until(tables, month)
    who = Organisations.of(tables)
    months, indices = numbers(known, "month"), integers(known, "organisation")
    is_small = who.small_mask(indices)
    promised, given = numbers(known, "promised") / 1e8, numbers(known, "given") / 1e8
    time: Rows = []
    for at in np.unique(months).tolist():
        for small, group in GROUPS.items():
            here = (months == at) & (is_small == small)
            pledge, got = float(promised[here].sum()), float(given[here].sum())
            time.append(
                {
                    "date": milliseconds(at),
                    "when": date_text(at),
                    "group": group,
                    "promised": pledge,
                    "given": got,
                    "kept": got / pledge if pledge else None,
                }
            )
    latest, _ = at_last_note(known, now)
    return {"time": time, "suppliers": _suppliers(who, latest), "note": [{"text": _note(time)}]}


def _note(time: Rows) -> str:
    small = next((row for row in reversed(time) if row["group"] == GROUPS[True]), None)
    if small is None or not small["promised"]:
        return "nothing is promised to small\nproviders under sub-contracts"
    # In two lines, so that it is not wider than the text above it.
    return (
        f"{small['when']}: small providers get\n{small['kept']:.0%} of the £{small['promised']:,.1f}m a year promised"
    )


def _suppliers(who: Organisations, latest: Any) -> Rows:
    columns = zip(
        integers(latest, "organisation").tolist(),
        numbers(latest, "promised").tolist(),
        numbers(latest, "given").tolist(),
        strict=True,
    )
    rows = [
        {
            "organisation": index,
            "name": who.names[index],
            "kind": who.labels[index],
            "size": GROUPS[who.small[index]],
            "promised": promised / 1e8,
            "given": given / 1e8,
        }
        for index, promised, given in columns
        if promised > 0.0 and who.small[index]
    ]
    return sorted(rows, key=lambda row: (-row["promised"], row["organisation"]))[:SUPPLIERS]


def promised_delivered(
    tables: Tables,
    month: float | None = None,
    theme: Theme = "light",
    *,
    until: float | None = None,
    width: int = 760,
    height: int = 400,
) -> Any:
    """Value promised and delivered under sub-contracts: over time, and per small sub-contractor in the month shown.

    Arguments and errors are those of :func:`caremarket.experiments.report.figures.market_shares`.
    """
    found = promised_delivered_data(tables, month)
    end = last_month(tables, month) if until is None else until
    scale = alt.Scale(domain=list(GROUPS.values()), range=[SMALL, LARGE])
    colour = alt.Color("group:N", scale=scale, title=None, legend=alt.Legend(orient="top", symbolStrokeWidth=3))
    about = [
        "group:N",
        alt.Tooltip("when:N", title="at"),
        alt.Tooltip("promised:Q", title="promised, £m a year", format=",.2f"),
        alt.Tooltip("given:Q", title="given, £m a year", format=",.2f"),
        alt.Tooltip("kept:Q", title="given of promised", format=".0%"),
    ]
    x = time_axis("date", end)
    title = "£m a year under sub-contracts"
    base = alt.Chart(data("time"))
    gap = base.mark_area(opacity=0.22).encode(x=x, y=alt.Y("given:Q", title=title), y2="promised", color=colour)
    promised = base.mark_line(strokeWidth=1.8, strokeDash=[6, 4]).encode(
        x=x, y=alt.Y("promised:Q", title=title), color=colour, tooltip=about
    )
    given = base.mark_line(strokeWidth=2.8).encode(x=x, y=alt.Y("given:Q", title=title), color=colour, tooltip=about)
    note = (
        alt.Chart(data("note"))
        .mark_text(align="left", baseline="top", fontSize=13, lineBreak="\n", color=muted(theme))
        .encode(x=alt.value(0), y=alt.value(height + 34), text="text:N")
    )
    left = alt.layer(gap, promised, given, note).properties(width=round(width * 0.58), height=height)
    chart = alt.hconcat(left, _by_supplier(theme, round(width * 0.42), height), spacing=28).resolve_scale(
        color="independent"
    )
    return finish(chart, found, theme, "Promised and given under sub-contracts", "dashed or outlined: promised")


def _by_supplier(theme: Theme, width: int, height: int) -> Any:
    about = [
        alt.Tooltip("name:N", title="organisation"),
        "kind:N",
        alt.Tooltip("promised:Q", title="promised, £m a year", format=",.2f"),
        alt.Tooltip("given:Q", title="given, £m a year", format=",.2f"),
    ]
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=210, ticks=False, domain=False))
    base = alt.Chart(data("suppliers"))
    colour = alt.Color("kind:N", scale=kind_colours(theme), legend=None)
    given = base.mark_bar(height={"band": 0.72}).encode(
        x=alt.X("given:Q", title="£m a year", axis=alt.Axis(tickCount=4)), y=y, color=colour, tooltip=about
    )
    outline = base.mark_bar(height={"band": 0.72}, filled=False, stroke=ink(theme), strokeWidth=1.4).encode(
        x="promised:Q", y=y, tooltip=about
    )
    return alt.layer(given, outline).properties(
        width=width, height=height, title=alt.TitleParams("small sub-contractors", fontSize=13)
    )
