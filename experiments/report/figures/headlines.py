"""Figure of the headline measures of a sweep, point by point."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from caremarket.agents.records.measures import headline_names
from caremarket.experiments.analysis.measures import axis
from caremarket.experiments.analysis.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMED = 16
"""Up to this number points are named; more are numbered in the order of the design."""
COLUMNS = 3
BLUE = "#0072B2"  # from Okabe and Ito's palette, which colour-blind readers can distinguish

Points = Sequence[tuple[str, Mapping[str, Estimate]]]


def headline_figure(title: str, points: Points) -> Figure:
    """One panel per headline measure: the mean of each point with its 95% interval.

    Args:
        title: title above the figure.
        points: label and estimates of each point, in the order of the design. Up to :data:`NAMED` points are rows
            with their labels; more are dots over the point's number.
    """
    from matplotlib.figure import Figure

    named = len(points) <= NAMED
    rows = -(-len(headline_names()) // COLUMNS)
    height = rows * (max(1.4, 0.7 + 0.24 * len(points)) if named else 2.0) + 0.6
    figure = Figure(figsize=(12, height))
    figure.suptitle(title, fontsize=12, y=1 - 0.2 / height)
    # Margins in inches: a layout engine would take twice the time of the drawing.
    left = 0.5 if not named else 0.3 + 0.075 * max((len(_short(label)) for label, _ in points), default=0)
    edges = {"left": left / 12, "right": 0.985, "bottom": 0.6 / height, "top": 1 - 0.7 / height}
    gaps = {"hspace": 0.55, "wspace": 0.08 if named else 0.22}
    grid = figure.subplots(rows, COLUMNS, sharey=named, sharex=not named, squeeze=False, gridspec_kw={**edges, **gaps})
    for axes, name in zip(grid.flat, headline_names(), strict=False):
        _panel(axes, name, points, named)
    for axes in list(grid.flat)[len(headline_names()) :]:
        axes.set_axis_off()
    if not named:
        figure.supxlabel("design point", fontsize=10)
    return figure


def _panel(axes: Axes, name: str, points: Points, named: bool) -> None:
    found = [(n, estimates[name]) for n, (_, estimates) in enumerate(points) if name in estimates]
    places = [n for n, _ in found]
    title, factor = axis(name)
    means = [factor * e.mean for _, e in found]
    widths = [factor * (e.half_width or 0.0) for _, e in found]
    axes.set_title(title, fontsize=10)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3, linewidth=0.5)
    if named:
        axes.errorbar(means, places, xerr=widths, fmt="o", color=BLUE, markersize=4, capsize=2)
        axes.set_yticks(range(len(points)), [_short(label) for label, _ in points])
        axes.set_ylim(len(points) - 0.5, -0.5)
    else:
        axes.errorbar(places, means, yerr=widths, fmt="o", color=BLUE, markersize=2, linewidth=0.4)


def _short(label: str) -> str:
    return label if len(label) <= 40 else f"{label[:39]}…"


def png(figure: Figure, dpi: int = 100) -> bytes:
    """A figure as PNG: the same bytes for the same figure."""
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=dpi, metadata={"Software": None})
    return sink.getvalue()
