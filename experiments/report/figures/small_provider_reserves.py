"""Small providers: their reserves, and value promised against value delivered."""

from __future__ import annotations

from typing import Any

import altair as alt

from caremarket.experiments.report.figures.frames import (
    Organisations,
    Tables,
    integers,
    last_month,
    numbers,
    positions_until,
)
from caremarket.experiments.report.figures.style import (
    ACCENT,
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
from caremarket.market.provider_kinds import for_one_contract

NAMED = 8
"""Number of small providers named at the end of their line: those that left, and those with the lowest reserves."""


def small_reserves_data(tables: Tables, month: float | None = None) -> Datasets:
    """Data of :func:`small_reserves`: ``reserves``, one row per provider and time, and ``ends``, one per provider."""
    known, until = positions_until(tables, month)
    who = Organisations.of(tables)
    rows: Rows = []
    last: dict[int, dict[str, Any]] = {}
    columns: tuple[list[Any], ...] = (
        integers(known, "organisation").tolist(),
        numbers(known, "month").tolist(),
        numbers(known, "reserves").tolist(),
        numbers(known, "turnover").tolist(),
        known.column("distressed").to_pylist(),
    )
    for index, now, reserves, turnover, distressed in zip(*columns, strict=True):
        # A venture has no reserves of its own.
        if who.small[index] and not for_one_contract(who.kinds[index]):
            row = _point(who, index, now, reserves / 1e8, turnover, distressed)
            rows.append(row)
            last[index] = row
    return {"reserves": rows, "ends": _ends(who, last, until), "zero": [{"at": 0.0}]}


def _point(
    who: Organisations, index: int, now: float, millions: float, turnover: float, distressed: bool
) -> dict[str, Any]:
    return {
        "organisation": index,
        "name": who.names[index],
        "kind": who.labels[index],
        "date": milliseconds(now),
        "when": date_text(now),
        "millions": millions,
        "months": 12.0 * millions * 1e8 / turnover if turnover > 0 else None,
        "distressed": distressed,
    }


def _ends(who: Organisations, last: dict[int, dict[str, Any]], until: float) -> Rows:
    """End of every line, whether its provider has left, and the names of the providers to highlight."""
    ends = [{**row, "gone": who.gone(i, until), "why": who.reasons[i]} for i, row in last.items()]
    for end in ends:
        if end["gone"]:
            left = who.exited[end["organisation"]]
            end |= {"date": milliseconds(left), "when": date_text(left)}
    ends.sort(key=lambda end: (not end["gone"], -end["date"] if end["gone"] else 0, end["millions"]))
    for number, end in enumerate(ends):
        named = number < NAMED and (end["gone"] or end["millions"] <= 0.0)
        end["label"] = end["name"] if named else ""
    return ends


def small_reserves(
    tables: Tables,
    month: float | None = None,
    theme: Theme = "light",
    *,
    until: float | None = None,
    width: int = 760,
    height: int = 430,
) -> Any:
    """Reserves of every small provider over time, with marks for those in debt and those that left.

    The scale is logarithmic except near zero, so that small and large reserves can both be read. Arguments and
    errors are those of :func:`caremarket.experiments.report.figures.market_shares`.
    """
    found = small_reserves_data(tables, month)
    end = last_month(tables, month) if until is None else until
    x = time_axis("date", end)
    y = alt.Y(
        "millions:Q",
        title="reserves, £m",
        scale=alt.Scale(type="symlog", constant=0.1),
        axis=alt.Axis(format=",~g", values=[-10, -3, -1, -0.3, 0, 0.3, 1, 3, 10, 30, 100]),
    )
    about = [
        alt.Tooltip("name:N", title="organisation"),
        "kind:N",
        alt.Tooltip("when:N", title="at"),
        alt.Tooltip("millions:Q", title="reserves, £m", format=",.2f"),
        alt.Tooltip("months:Q", title="months of turnover", format=",.1f"),
    ]
    colour = alt.Color("kind:N", scale=kind_colours(theme), title=None, legend=alt.Legend(orient="right"))
    base = alt.Chart(data("reserves"))
    zero = alt.Chart(data("zero")).mark_rule(color=ink(theme), strokeWidth=1).encode(y="at:Q")
    lines = base.mark_line(strokeWidth=1.6, opacity=0.65, clip=True).encode(
        x=x, y=y, color=colour, detail="organisation:N", tooltip=about
    )
    trouble = (
        base.transform_filter("datum.distressed")
        .mark_point(filled=True, size=34, color=ACCENT, stroke=paper(theme), strokeWidth=0.6, clip=True)
        .encode(x=x, y=y, tooltip=about)
    )
    gone = (
        alt.Chart(data("ends"))
        .transform_filter("datum.gone")
        .mark_text(text="✕", fontSize=18, fontWeight="bold", color=ink(theme))
        .encode(x=x, y=y, tooltip=[*about, alt.Tooltip("why:N", title="left because")])
    )
    names = (
        alt.Chart(data("ends"))
        .transform_filter("datum.label != ''")
        .mark_text(align="left", dx=9, fontSize=11.5, color=muted(theme))
        .encode(x=x, y=y, text="label:N")
    )
    chart = alt.layer(zero, lines, trouble, gone, names).properties(width=width, height=height)
    return finish(
        chart, found, theme, "Reserves of small providers", "dot: in debt beyond what is invoiced; ✕: left the market"
    )
