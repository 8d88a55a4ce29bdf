"""Plot of measures over the years: mean of the runs and band of the middle 80% of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from caremarket.experiments.analysis.measures import unit
from caremarket.experiments.report.figures.panels import (
    ARMS_SHOWN,
    LINES,
    MARKERS,
    PALETTE,
    floats,
    legend,
    panels_of,
    style,
    texts,
    titled,
    wrapped,
)

BAND = (0.1, 0.9)
"""Quantiles of the runs at the edges of a time series' band."""
FIRST_YEAR = 2013


def over_years(yearly: pa.Table, arms: Mapping[str, Sequence[int]], measures: Sequence[str], title: str = "") -> Figure:
    """The nation's measures at the end of every year: mean over runs, and the band of the middle 80% of them.

    Args:
        yearly: the sweep's ``yearly`` table, or its rows with ``dimension = nation``.
        arms: arm -> its points.
        measures: measures to draw.
        title: title over all panels.
    """
    wanted_rows = np.isin(texts(yearly, "measure"), list(measures)) & (texts(yearly, "dimension") == "nation")
    national = yearly.filter(pa.array(wanted_rows))
    names = texts(national, "measure")
    there = set(names)
    wanted = [name for name in measures if name in there]
    with style():
        figure, panels = panels_of(len(wanted), height=2.1, title="")
        for axes, name in zip(panels, wanted, strict=True):
            _series(axes, name, national.filter(pa.array(names == name)), arms)
        legend(figure, panels, title)
        if wanted:
            figure.supxlabel(
                f"years from April {FIRST_YEAR} (line: mean of runs; band: middle 80% of runs)", fontsize=9
            )
    return figure


def _series(axes: Axes, name: str, rows: pa.Table, arms: Mapping[str, Sequence[int]]) -> None:
    values = floats(rows, "value")
    shown = unit(name, float(np.nanmax(np.abs(values), initial=0.0)))
    points, years = rows["point"].to_numpy(), rows["year"].to_numpy()
    for number, (arm, members) in enumerate(islice(arms.items(), ARMS_SHOWN)):
        own = np.isin(points, list(members)) & ~np.isnan(values)
        if not own.any():
            continue
        at = np.unique(years[own])
        groups = [shown.factor * values[own & (years == year)] for year in at]
        low, high = (np.array([np.quantile(group, q) for group in groups]) for q in BAND)
        axes.fill_between(at, low, high, color=PALETTE[number], alpha=0.15, linewidth=0)
        axes.plot(
            at,
            [group.mean() for group in groups],
            color=PALETTE[number],
            linestyle=LINES[number],
            marker=MARKERS[number],
            markersize=3.5,
            linewidth=1.6,
            label=wrapped(arm),
        )
    axes.set_title(titled(name, shown.text))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.margins(x=0.03)
