"""Forest plot: the mean difference of each policy from the baseline, with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from caremarket.experiments.analysis.measures import unit
from caremarket.experiments.report.figures.panels import (
    ARMS_SHOWN,
    MARKERS,
    PALETTE,
    columns_of,
    nothing_to_measure,
    panels_of,
    style,
    ticks,
    titled,
    wrapped,
)


def forest(comparison: pa.Table, measures: Sequence[str], title: str = "") -> Figure:
    """Paired differences from the baseline: one panel per measure, one row per arm; dot for mean, bar for interval.

    Args:
        comparison: table with the schema of :data:`caremarket.experiments.analysis.comparison.SCHEMA`.
        measures: one or more measures to draw.
        title: title over all panels.
    """
    rows = [row for row in comparison.to_pylist() if row["measure"] in set(measures)]
    arms = list(dict.fromkeys(row["arm"] for row in rows))[:ARMS_SHOWN]
    baseline = rows[0]["baseline"] if rows else ""
    shown = [name for name in measures if any(r["measure"] == name and r["difference"] is not None for r in rows)]
    with style():
        figure, panels = panels_of(len(shown), height=0.7 + 0.27 * len(arms), title=title)
        for number, (axes, name) in enumerate(zip(panels, shown, strict=True)):
            found = {row["arm"]: row for row in rows if row["measure"] == name}
            _differences(axes, name, [found.get(arm) for arm in arms])
            first = number % columns_of(len(shown)) == 0
            axes.set_yticks(range(len(arms)), [wrapped(arm) for arm in arms] if first else [""] * len(arms))
            axes.set_ylim(len(arms) - 0.5, -0.5)
            axes.grid(visible=False, axis="y")
        if shown:
            figure.supxlabel(f"difference from {wrapped(baseline)} (mean and 95% interval, t)", fontsize=9)
    return figure


def _differences(axes: Axes, name: str, rows: Sequence[Mapping[str, float | None] | None]) -> None:
    """One panel of a forest plot; rows without an estimate stay empty."""
    ends = [abs(value) for row in rows if row for value in (row["t_low"], row["t_high"], row["difference"]) if value]
    shown = unit(name, max(ends, default=0.0))
    axes.axvline(0.0, color="#666666", linewidth=0.9)
    for position, row in enumerate(rows):
        if row is None or row["difference"] is None:
            nothing_to_measure(axes, position)
            continue
        mean = shown.factor * row["difference"]
        low, high = (mean if row[k] is None else shown.factor * float(row[k] or 0.0) for k in ("t_low", "t_high"))
        axes.errorbar(
            mean,
            position,
            xerr=[[mean - low], [high - mean]],
            color=PALETTE[(position + 1) % ARMS_SHOWN],  # the first is the baseline's
            marker=MARKERS[(position + 1) % ARMS_SHOWN],
            markersize=5,
            capsize=2.5,
            linewidth=1.6,
        )
    axes.set_title(titled(name, "points" if shown.text == "%" else shown.text))
    ticks(axes, 5)
    if not ends:
        axes.set_xlim(-1.0, 1.0)
    axes.margins(x=0.12)
