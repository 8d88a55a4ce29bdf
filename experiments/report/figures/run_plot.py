"""Plot of every run of each policy as a point over a box of quartiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caremarket.experiments.analysis.measures import unit
from caremarket.experiments.analysis.statistics import Values
from caremarket.experiments.report.figures.panels import (
    ARMS_SHOWN,
    MARKERS,
    PALETTE,
    columns_of,
    floats,
    nothing_to_measure,
    panels_of,
    style,
    ticks,
    titled,
    wrapped,
)

POINTS_SHOWN = 400
"""Maximum number of runs of an arm drawn as points; with more, only the box is drawn."""


def distributions(
    runs: pa.Table, arms: Mapping[str, Sequence[int]], measures: Sequence[str], title: str = ""
) -> Figure:
    """Every run as a point over a box of median and quartiles: one panel per measure, one row per arm.

    Args:
        runs: table with ``point`` and the measures as columns.
        arms: arm -> its points.
        measures: measures to draw.
        title: title over all panels.
    """
    shown = list(islice(arms.items(), ARMS_SHOWN))
    wanted = [name for name in measures if not np.isnan(floats(runs, name)).all()]
    points = runs["point"].to_numpy()
    with style():
        figure, panels = panels_of(len(wanted), height=0.7 + 0.32 * len(shown), title=title)
        for number, (axes, name) in enumerate(zip(panels, wanted, strict=True)):
            values = floats(runs, name)
            own = [values[np.isin(points, list(members)) & ~np.isnan(values)] for _, members in shown]
            _boxes(axes, name, own)
            first = number % columns_of(len(wanted)) == 0
            axes.set_yticks(range(len(shown)), [wrapped(arm) if first else "" for arm, _ in shown])
            axes.set_ylim(len(shown) - 0.4, -0.6)
            axes.grid(visible=False, axis="y")
        if wanted:
            figure.supxlabel("every run (box: quartiles and median)", fontsize=9)
    return figure


def _boxes(axes: Axes, name: str, groups: Sequence[Values]) -> None:
    shown = unit(name, max((float(np.abs(group).max()) for group in groups if group.size), default=0.0))
    for position, group in enumerate(groups):
        colour = PALETTE[position % ARMS_SHOWN]
        if not group.size:
            nothing_to_measure(axes, position)
            continue
        values = shown.factor * group
        axes.boxplot(
            values,
            positions=[position],
            orientation="horizontal",
            widths=0.5,
            showfliers=False,
            manage_ticks=False,
            patch_artist=True,
            whis=(0, 100),
            boxprops={"facecolor": colour, "alpha": 0.2, "edgecolor": colour},
            medianprops={"color": colour, "linewidth": 2},
            whiskerprops={"color": colour},
            capprops={"color": colour},
        )
        if values.size > POINTS_SHOWN:
            continue
        # Spread evenly, not at random: the same table gives the same figure.
        spread = np.linspace(-0.16, 0.16, num=values.size) if values.size > 1 else np.zeros(1)
        axes.plot(
            values,
            position + spread,
            linestyle="",
            marker=MARKERS[position % ARMS_SHOWN],
            markersize=3,
            color=colour,
            alpha=0.65,
        )
    axes.set_title(titled(name, shown.text))
    ticks(axes, 5)
