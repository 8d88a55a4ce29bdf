"""Market shares over time, and market concentration."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import altair as alt
import numpy as np
import pyarrow as pa

from caremarket.experiments.report.figures.frames import (
    Organisations,
    Tables,
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
    paper,
    time_axis,
)
from caremarket.market.errors import ConfigurationError
from caremarket.market.measures import CONCENTRATED, HIGHLY_CONCENTRATED, herfindahl_hirschman_index
from caremarket.market.provider_kinds import PROVIDER_KINDS

View = Literal["direct", "delivered"]
VIEWS = {"direct": "who holds the contracts", "delivered": "who does the work"}
LINES: Rows = [
    {"line": CONCENTRATED, "text": f"{CONCENTRATED:,} concentrated"},
    {"line": HIGHLY_CONCENTRATED, "text": f"{HIGHLY_CONCENTRATED:,} highly concentrated"},
]
FIRST_BAR = 3.0
"""Months before the start covered by the bar of the first day."""


def market_shares_data(
    tables: Tables, month: float | None = None, *, view: View = "delivered", largest: int = 24
) -> Datasets:
    """Data of :func:`market_shares`: ``shares``, one row per segment of a bar, ``index`` and ``lines``."""
    _check_view(view)
    known, _ = positions_until(tables, month)
    who = Organisations.of(tables)
    months, indices, values = numbers(known, "month"), integers(known, "organisation"), numbers(known, view)
    shown = _largest(indices, values, largest)
    rows: Rows = []
    index: Rows = []
    notes = np.unique(months)
    for before, now in pairwise([-FIRST_BAR, *notes.tolist()]):
        here = (months == now) & (values > 0)
        rows += _segments(who, indices[here], values[here], shown, before, now)
        found = herfindahl_hirschman_index(values[here].tolist())
        index.append({"date": milliseconds(now), "hhi": found, "when": date_text(now)})
    return {"shares": rows, "index": index, "lines": LINES}


def _largest(indices: Any, values: Any, count: int) -> set[int]:
    """The organisations with the largest shares at any time."""
    most: dict[int, float] = {}
    for index, value in zip(indices.tolist(), values.tolist(), strict=True):
        most[index] = max(most.get(index, 0.0), value)
    return set(sorted(most, key=lambda i: (-most[i], i))[:count])


def _segments(who: Organisations, indices: Any, values: Any, shown: set[int], before: float, now: float) -> Rows:
    """The segments of one bar, from the bottom up: by kind, with the smaller ones of a kind combined."""
    total = float(values.sum())
    parts: dict[tuple[int, int], float] = {}
    for index, value in zip(indices.tolist(), values.tolist(), strict=True):
        key = (who.rank(index), index if index in shown else len(who.names))
        parts[key] = parts.get(key, 0.0) + value
    rows: Rows = []
    bottom = 0.0
    labels = [kind.label for kind in PROVIDER_KINDS.values()]
    start, end, when = milliseconds(before + 0.08 * (now - before)), milliseconds(now), date_text(now)
    for (rank, index), value in sorted(parts.items()):
        single = index < len(who.names)
        top = bottom + value / total
        rows.append(
            {
                "organisation": index if single else -1,
                "name": who.names[index] if single else f"Smaller ones: {labels[rank].lower()}",
                "kind": labels[rank],
                "from": start,
                "to": end,
                "bottom": bottom,
                "top": top,
                "share": value / total,
                "millions": value / 1e8,
                "when": when,
            }
        )
        bottom = top
    return rows


def market_shares(
    tables: Tables,
    month: float | None = None,
    theme: Theme = "light",
    *,
    view: View = "delivered",
    largest: int = 24,
    until: float | None = None,
    width: int = 760,
    height: int = 430,
) -> Any:
    """Stacked bars of market shares over time, one segment per organisation, above the Herfindahl-Hirschman index.

    Args:
        tables: tables of a run; ``positions`` and ``organisations`` are read.
        month: last month of the data shown; None for all.
        theme: ``light`` or ``dark``.
        view: ``direct``, by contract holder, or ``delivered``, by provider of the care.
        largest: number of organisations with their own segment; the others of a kind share one.
        until: month at which the time axis ends; None for the last month shown.
        width, height: size of the panels, in pixels.

    Raises:
        ConfigurationError: a table is missing, or an argument is not allowed.
    """
    found = market_shares_data(tables, month, view=view, largest=largest)
    end = last_month(tables, month) if until is None else until
    bars = (
        alt.Chart(data("shares"))
        .mark_rect(stroke=paper(theme), strokeWidth=0.4)
        .encode(
            x=time_axis("from", end, since=-FIRST_BAR, labels=False),
            x2="to",
            y=alt.Y(
                "bottom:Q",
                title="share of annual value",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5, grid=False),
            ),
            y2="top",
            color=alt.Color("kind:N", scale=kind_colours(theme), title=None, legend=alt.Legend(orient="right")),
            tooltip=[
                alt.Tooltip("name:N", title="organisation"),
                alt.Tooltip("kind:N"),
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("millions:Q", title="£m a year", format=",.1f"),
                alt.Tooltip("when:N", title="at"),
            ],
        )
        .properties(width=width, height=round(height * 0.68))
    )
    lower = _index_panel(theme, end).properties(width=width, height=round(height * 0.32))
    chart = alt.vconcat(bars, lower, spacing=8)
    return finish(chart, found, theme, f"Market shares: {VIEWS[view]}")


def _index_panel(theme: Theme, end: float) -> Any:
    line = (
        alt.Chart(data("index"))
        .mark_line(color=ink(theme), strokeWidth=2.5, point=alt.OverlayMarkDef(color=ink(theme), size=18))
        .encode(
            x=time_axis("date", end, since=-FIRST_BAR),
            y=alt.Y("hhi:Q", title="HHI", scale=alt.Scale(zero=True, nice=True), axis=alt.Axis(tickCount=4)),
            tooltip=[alt.Tooltip("when:N", title="at"), alt.Tooltip("hhi:Q", title="HHI", format=",.0f")],
        )
    )
    return alt.layer(*authority_lines(theme), line)


def authority_lines(theme: Theme) -> tuple[Any, Any]:
    """The UK competition authority's lines on the scale of the index, with their labels beside the panel."""
    rule = alt.Chart(data("lines")).mark_rule(color=muted(theme), strokeDash=[6, 4], strokeWidth=1.5).encode(y="line:Q")
    text = (
        alt.Chart(data("lines"))
        .mark_text(align="left", baseline="middle", dx=8, color=muted(theme), fontSize=13)
        .encode(x=alt.value("width"), y="line:Q", text="text:N")
    )
    return rule, text


def _check_view(view: str) -> None:
    if view not in VIEWS:
        raise ConfigurationError("view", f"{view!r} is unknown; allowed: {', '.join(VIEWS)}")


# Concentration --------------------------------------------------------------------------------------------


def concentration_data(tables: Tables, month: float | None = None) -> Datasets:
    """Data of :func:`concentration`: ``index`` and ``small``, one row per view and point in time, and ``lines``."""
    known, _ = positions_until(tables, month)
    who = Organisations.of(tables)
    months, indices = numbers(known, "month"), integers(known, "organisation")
    is_small = who.small_mask(indices)
    index: Rows = []
    small: Rows = []
    for view, text in VIEWS.items():
        values = numbers(known, view)
        for now in np.unique(months).tolist():
            here = months == now
            total = float(values[here].sum())
            row = {"date": milliseconds(now), "when": date_text(now), "view": text}
            index.append({**row, "hhi": herfindahl_hirschman_index(values[here].tolist())})
            share = float(values[here & is_small].sum()) / total if total else None
            small.append({**row, "share": share})
    return {"index": index, "small": small, "lines": LINES}


def concentration(
    tables: Tables,
    month: float | None = None,
    theme: Theme = "light",
    *,
    until: float | None = None,
    width: int = 760,
    height: int = 430,
) -> Any:
    """Herfindahl-Hirschman index and share of small providers over time, by contract holder and by care provider.

    Arguments and errors are those of :func:`market_shares`.
    """
    found = concentration_data(tables, month)
    end = last_month(tables, month) if until is None else until
    colours = alt.Scale(domain=list(VIEWS.values()), range=[LARGE, SMALL])
    by = alt.Color("view:N", scale=colours, title=None, legend=alt.Legend(orient="top", symbolStrokeWidth=3))
    dashes = alt.StrokeDash(
        "view:N", scale=alt.Scale(domain=list(VIEWS.values()), range=[[1, 0], [7, 3]]), title=None, legend=by["legend"]
    )
    upper = (
        alt.Chart(data("index"))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=time_axis("date", end, labels=False),
            y=alt.Y("hhi:Q", title="HHI", scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=6)),
            color=by,
            strokeDash=dashes,
            tooltip=["view:N", alt.Tooltip("when:N", title="at"), alt.Tooltip("hhi:Q", title="HHI", format=",.0f")],
        )
    )
    lower = (
        alt.Chart(data("small"))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=time_axis("date", end),
            y=alt.Y(
                "share:Q",
                title="small providers' share",
                scale=alt.Scale(zero=True),
                axis=alt.Axis(format=".0%", tickCount=4),
            ),
            color=by,
            strokeDash=dashes,
            tooltip=["view:N", alt.Tooltip("when:N", title="at"), alt.Tooltip("share:Q", format=".1%")],
        )
    )
    panels = alt.vconcat(
        alt.layer(*authority_lines(theme), upper).properties(width=width, height=round(height * 0.58)),
        lower.properties(width=width, height=round(height * 0.42)),
        spacing=10,
    )
    return finish(panels, found, theme, "Concentration, and what small providers have of annual value")


def concentration_of(positions: pa.Table, month: float, view: View) -> float | None:
    """Index that the figures show for a recorded month; None if there is nothing to measure."""
    _check_view(view)
    here = numbers(positions, "month") == month
    return herfindahl_hirschman_index(numbers(positions, view)[here].tolist())
