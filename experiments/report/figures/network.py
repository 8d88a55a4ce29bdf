"""Chart of the supply network: payments between organisations for care."""

from __future__ import annotations

from typing import Any

import altair as alt

from caremarket.experiments.report.figures.frames import (
    Tables,
)
from caremarket.experiments.report.figures.network_data import supply_network_data
from caremarket.experiments.report.figures.style import (
    ACCENT,
    Theme,
    data,
    finish,
    ink,
    kind_colours,
    muted,
    outlined_text,
    paper,
)


def supply_network(
    tables: Tables,
    month: float | None = None,
    theme: Theme = "light",
    *,
    largest: int = 30,
    width: int = 860,
    height: int = 600,
) -> Any:
    """Payments from commissioners to contract holders, and from contract holders to sub-contractors.

    Line width shows the value paid, mark size the value that each buys, holds or delivers; an
    organisation that holds contracts and works under others' is in both columns. Along the bottom are those without
    work, and those that left within the last twelve months, fading. Drawn from the last record of ``flows`` not later
    than ``month``.

    Args:
        largest: number of organisations per column with their own mark; the smaller ones share one.
        tables, month, theme, width, height: as for :func:`caremarket.experiments.report.figures.market_shares`.

    Raises:
        ConfigurationError: a table is missing, or an argument is not allowed.
    """
    found = supply_network_data(tables, month, largest=largest, width=width, height=height)
    x = alt.X("x:Q", scale=alt.Scale(domain=[0, width], nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[height, 0], nice=False, zero=False), axis=None)
    layers = [_payments(theme, x, y), *_organisations(theme, x, y), *_labels(theme, x, y), *_words(theme, x, height)]
    chart = alt.layer(*layers).resolve_scale(color="independent").properties(width=width, height=height)
    return finish(chart, found, theme, "Supply network: who pays whom for whose work")


def _payments(theme: Theme, x: alt.X, y: alt.Y) -> Any:
    """Lines between payer and payee, as wide as the value paid."""
    return (
        alt.Chart(data("edges"))
        .mark_rule(strokeCap="round", opacity=0.55)
        .encode(
            x=x,
            y=y,
            x2="x2",
            y2="y2",
            strokeWidth=alt.StrokeWidth("width:Q", scale=None),
            color=alt.Color(
                "tie:N",
                scale=alt.Scale(domain=["contract", "sub-contract"], range=[muted(theme), ACCENT]),
                title=None,
                legend=alt.Legend(orient="right", symbolType="stroke", symbolStrokeWidth=3),
            ),
            tooltip=["from:N", "to:N", "tie:N", alt.Tooltip("millions:Q", title="£m a year", format=",.2f")],
        )
    )


def _organisations(theme: Theme, x: alt.X, y: alt.Y) -> list[Any]:
    """Marks of organisations, and crosses on those that have left."""
    opacity = alt.Opacity("opacity:Q", scale=None)
    nodes = (
        alt.Chart(data("nodes"))
        .mark_point(filled=True, stroke=paper(theme), strokeWidth=1)
        .encode(
            x=x,
            y=y,
            size=alt.Size("area:Q", scale=None),
            shape=alt.Shape("shape:N", scale=None),
            color=alt.Color("kind:N", scale=kind_colours(theme, commissioners=True), title=None),
            opacity=opacity,
            tooltip=[
                alt.Tooltip("name:N", title="organisation"),
                "kind:N",
                "role:N",
                alt.Tooltip("millions:Q", title="£m a year", format=",.2f"),
            ],
        )
    )
    left = (
        alt.Chart(data("nodes"))
        .transform_filter("datum.gone")
        .mark_text(text="✕", fontSize=17, fontWeight="bold", color=ink(theme))
        .encode(x=x, y=y, opacity=opacity, tooltip=["name:N", "kind:N", "role:N"])
    )
    return [nodes, left]


def _labels(theme: Theme, x: alt.X, y: alt.Y) -> list[Any]:
    """Names beside marks, on a background that keeps them legible over lines."""
    beside = alt.X("from:Q", scale=x["scale"], axis=None)
    made = []
    for condition, align in (("datum.left", "right"), ("!datum.left", "left")):
        base = alt.Chart(data("nodes")).transform_filter(f"{condition} && datum.label != ''")
        made += outlined_text(base, theme, "label:N", beside, y, align=align, baseline="middle", fontSize=11.5)
    return made


def _words(theme: Theme, x: alt.X, height: int) -> list[Any]:
    """Headings of the columns, the total of the chart, and the text along the bottom."""
    heads = (
        alt.Chart(data("heads"))
        .mark_text(fontSize=13, fontWeight="bold", color=ink(theme), baseline="top")
        .encode(x=x, y=alt.value(2), text="text:N")
    )
    note = (
        alt.Chart(data("note"))
        .mark_text(align="left", baseline="bottom", fontSize=13, color=muted(theme))
        .encode(x=alt.value(0), y=alt.value(height - 28), text="text:N")
    )
    foot = (
        alt.Chart(data("note"))
        .mark_text(align="left", baseline="middle", fontSize=12, color=muted(theme), text="no work; ✕ left")
        .encode(x=alt.value(0), y=alt.value(height - 14))
    )
    return [heads, note, foot]
