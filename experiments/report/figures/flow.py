"""Sankey diagram of the commissioners' money: to the contract holders, and on to the providers of the care."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import altair as alt
import numpy as np

from caremarket.experiments.report.figures.frames import (
    Organisations,
    Tables,
    at_last_note,
    integers,
    last_month,
    numbers,
    table,
)
from caremarket.experiments.report.figures.style import (
    COMMISSIONER,
    Datasets,
    Rows,
    Theme,
    data,
    date_text,
    finish,
    ink,
    kind_colours,
    muted,
    outlined_text,
    paper,
)
from caremarket.market.provider_kinds import PROVIDER_KINDS

COLUMNS = ("commissioners pay", "who holds the contract", "who does the work")
STEPS = 24
GAP = 0.028
"""Space between groups, as a share of the total height."""
NARROW = 700
"""Width in pixels below which labels do not show pounds."""
SINGLE = 12
"""In a market with at most this many providers, each is its own group."""


class Group(NamedTuple):
    """Part of a column: providers of one kind and size, or a single provider.

    ``rank`` is the kind's place in the order of kinds, -1 for commissioners; ``organisation`` is -1 for a group.
    """

    rank: int
    small: bool = False
    organisation: int = -1


PAYERS = Group(-1)


def sme_flow_data(tables: Tables, month: float | None = None) -> Datasets:
    """The data of :func:`sme_flow`: ``groups``, ``ribbons`` (points along their edges), ``heads`` and a ``note``."""
    now = last_month(tables, month)
    flows, _ = at_last_note(table(tables, "flows"), now)
    who = Organisations.of(tables)
    pairs: dict[tuple[Group, Group], float] = {}
    columns = (integers(flows, "holder").tolist(), integers(flows, "deliverer").tolist(), numbers(flows, "value"))
    single = len({*columns[0], *columns[1]}) <= SINGLE
    for holder, deliverer, value in zip(*columns, strict=True):
        key = (_group(who, holder, single), _group(who, deliverer, single))
        pairs[key] = pairs.get(key, 0.0) + float(value)
    total = sum(pairs.values())
    if not total:
        return {"groups": [], "ribbons": [], "heads": [], "note": [{"text": f"{date_text(now)}: no contract in force"}]}
    first: dict[tuple[Group, Group], float] = {}
    for (holder_group, _), value in pairs.items():
        first[PAYERS, holder_group] = first.get((PAYERS, holder_group), 0.0) + value
    sums = [
        {PAYERS: total},
        _sums((key[0], value) for key, value in pairs.items()),
        _sums((key[1], value) for key, value in pairs.items()),
    ]
    places = [_places(of, total) for of in sums]
    names = {group: _name(who, group) for of in sums for group in of}
    ribbons = _ribbons(0, first, places, total, names) + _ribbons(1, pairs, places, total, names)
    held, done = (sum(v for group, v in of.items() if group.small) / total for of in sums[1:])
    note = f"{date_text(now)}: of £{total / 1e8:,.0f}m a year small providers hold {_percent(held)} and do "
    note += _percent(done)
    heads = [{"text": text, "x": float(n)} for n, text in enumerate(COLUMNS)]
    return {"groups": _bars(sums, places, total, names), "ribbons": ribbons, "heads": heads, "note": [{"text": note}]}


def _group(who: Organisations, index: int, single: bool) -> Group:
    return Group(who.rank(index), who.small[index], index if single else -1)


def _sums(values: Iterable[tuple[Group, float]]) -> dict[Group, float]:
    found: dict[Group, float] = {}
    for group, value in values:
        found[group] = found.get(group, 0.0) + value
    return found


def _name(who: Organisations, group: Group) -> str:
    if group == PAYERS:
        return f"{COMMISSIONER}s"
    if group.organisation >= 0:
        return who.names[group.organisation]
    kind = list(PROVIDER_KINDS.values())[group.rank]
    return kind.label if kind.public else f"{kind.label}, {'small' if group.small else 'large'}"


def _kind(group: Group) -> str:
    return COMMISSIONER if group == PAYERS else list(PROVIDER_KINDS.values())[group.rank].label


def _percent(share: float) -> str:
    return "under 1%" if 0.0 < share < 0.005 else f"{share:.0%}"


def _scale() -> float:
    """Height of the total value: the height left after the gaps between the largest possible number of groups."""
    return 1.0 - GAP * SINGLE


def _places(sums: dict[Group, float], total: float) -> dict[Group, tuple[float, float]]:
    """Top and bottom of each group in [0, 1], downwards by kind; small ones after the large ones of their kind."""
    scale = _scale()
    top = (1.0 - scale - GAP * (len(sums) - 1)) / 2.0
    found = {}
    for group in sorted(sums):
        bottom = top + scale * sums[group] / total
        found[group] = (top, bottom)
        top = bottom + GAP
    return found


def _bars(
    sums: list[dict[Group, float]],
    places: list[dict[Group, tuple[float, float]]],
    total: float,
    names: dict[Group, str],
) -> Rows:
    rows: Rows = []
    for column, of in enumerate(sums):
        for group, value in sorted(of.items()):
            top, bottom = places[column][group]
            rows.append(
                {
                    "organisation": group.organisation,
                    "group": names[group],
                    "kind": _kind(group),
                    "column": COLUMNS[column],
                    "millions": value / 1e8,
                    "share": value / total,
                    "x": column - 0.035,
                    "x2": column + 0.035,
                    "y": top,
                    "y2": bottom,
                    "middle": (top + bottom) / 2.0,
                    "label": f"{names[group]}: £{value / 1e8:,.1f}m, {_percent(value / total)}",
                    "short": f"£{value / 1e8:,.0f}m"
                    if group == PAYERS
                    else f"{names[group]} {_percent(value / total)}",
                    "left": column == 0,
                }
            )
    return rows


def _ribbons(
    column: int,
    links: dict[tuple[Group, Group], float],
    places: list[dict[Group, tuple[float, float]]],
    total: float,
    names: dict[Group, str],
) -> Rows:
    """Ribbons from a column to the next, in the order of their destinations, with smooth edges."""
    scale = _scale()
    leaving = {group: top for group, (top, _) in places[column].items()}
    coming = {group: top for group, (top, _) in places[column + 1].items()}
    steps = np.linspace(0.0, 1.0, STEPS)
    smooth = steps * steps * (3.0 - 2.0 * steps)
    rows: Rows = []
    for (a, b), value in sorted(links.items()):
        wide = scale * value / total
        start, end = leaving[a], coming[b]
        leaving[a] += wide
        coming[b] += wide
        about = {
            "ribbon": f"{column}: {a.rank} {a.small} {a.organisation} to {b.rank} {b.small} {b.organisation}",
            "from": names[a],
            "to": names[b],
            "kind": _kind(b),
            "millions": value / 1e8,
        }
        for step, bend in zip(steps.tolist(), smooth.tolist(), strict=True):
            y = start + (end - start) * bend
            rows.append({**about, "x": column + 0.035 + 0.93 * step, "y": y, "y2": y + wide})
    return rows


def sme_flow(
    tables: Tables, month: float | None = None, theme: Theme = "light", *, width: int = 860, height: int = 520
) -> Any:
    """Flow from commissioners to contract holders to providers of the care, by kind and size of provider.

    Drawn from the last record of ``flows`` not later than ``month``; an alliance's contracts count as held by the
    member that does the work, as in the measures of concentration.

    Args:
        tables, month, theme, width, height: as for :func:`caremarket.experiments.report.figures.market_shares`; labels
            of a chart narrower than :data:`NARROW` pixels show pounds only in the tooltips.

    Raises:
        ConfigurationError: a table is missing, or an argument is not allowed.
    """
    found = sme_flow_data(tables, month)
    narrow = width < NARROW
    ends = [-0.25, 2.8] if narrow else [-0.32, 2.42]
    x = alt.X("x:Q", scale=alt.Scale(domain=ends, nice=False, zero=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[1.0, -0.06], nice=False, zero=False), axis=None)
    colour = alt.Color("kind:N", scale=kind_colours(theme, commissioners=True), legend=None)
    pounds = alt.Tooltip("millions:Q", title="£m a year", format=",.1f")
    ribbons = (
        alt.Chart(data("ribbons"))
        .mark_area(opacity=0.5, interpolate="monotone")
        .encode(x=x, y=y, y2="y2", detail="ribbon:N", color=colour, tooltip=["from:N", "to:N", pounds])
    )
    bars = (
        alt.Chart(data("groups"))
        .mark_rect(stroke=paper(theme), strokeWidth=0.5)
        .encode(
            x=x,
            x2="x2",
            y=y,
            y2="y2",
            color=colour,
            tooltip=["group:N", "column:N", pounds, alt.Tooltip("share:Q", format=".1%")],
        )
    )
    middle = alt.Y("middle:Q", scale=y["scale"], axis=None)
    layers = [ribbons, bars]
    for field, align, dx, chosen in (("x2:Q", "left", 6, "!datum.left"), ("x:Q", "right", -6, "datum.left")):
        at = alt.X(field, scale=x["scale"], axis=None)
        base = alt.Chart(data("groups")).transform_filter(chosen)
        label = "short:N" if narrow else "label:N"
        layers += outlined_text(base, theme, label, at, middle, align=align, dx=dx, baseline="middle", fontSize=12.5)
    heads = (
        alt.Chart(data("heads"))
        .mark_text(fontSize=13, fontWeight="bold", color=ink(theme), baseline="top")
        .encode(x=x, y=alt.value(0), text="text:N")
    )
    note = (
        alt.Chart(data("note"))
        .mark_text(align="left", baseline="bottom", fontSize=14, color=muted(theme))
        .encode(x=alt.value(0), y=alt.value(height), text="text:N")
    )
    chart = alt.layer(*layers, heads, note).properties(width=width, height=height)
    return finish(chart, found, theme, "Where the money goes: held and delivered")
