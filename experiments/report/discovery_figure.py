"""Figure of a scenario discovery: the box found, PRIM's series of boxes, and the levers' scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from caremarket.experiments.analysis.discovery import Discovery
from caremarket.experiments.analysis.measures import kept_unit, readable
from caremarket.experiments.report.figures.headlines import BLUE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "#BBBBBB"
SCORES_SHOWN = 15


def discovery_figure(found: Discovery) -> Figure:
    """Three charts: the box within the range of each lever, PRIM's trade-off of coverage and density, and scores."""
    from matplotlib.figure import Figure

    rows = found.limits.to_pylist()
    figure = Figure(figsize=(13, max(4.0, 1.6 + 0.3 * len(rows))), layout="constrained")
    measure = found.condition.measure
    figure.suptitle(f"Where {found.condition} ({readable(measure)}, {kept_unit(measure)})", fontsize=12)
    box, path, score = figure.subplots(1, 3, width_ratios=(1.3, 1, 1))
    _draw_box(box, rows)
    _draw_path(path, found.trajectory)
    best = sorted(rows, key=lambda row: row["score"])[-SCORES_SHOWN:]
    score.barh([row["lever"] for row in best], [row["score"] for row in best], color=BLUE)
    score.set_title("extra-trees score", fontsize=10)
    for axes in (box, path, score):
        axes.tick_params(labelsize=8)
    return figure


def _draw_box(axes: Axes, rows: list[dict[str, Any]]) -> None:
    """A bar for each restricted lever: its whole range in grey, the part or the choices in the box in blue."""
    shown = [row for row in rows if row["restricted"]][::-1]
    axes.set_title("the box", fontsize=10)
    axes.set_yticks(range(len(shown)), [row["lever"] for row in shown])
    axes.set_ylim(-0.6, max(len(shown), 1) - 0.4)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([])
    for place, row in enumerate(shown):
        axes.barh(place, 1.0, color=GREY, height=0.5)
        if row["choices"] is None:
            width = row["range_high"] - row["range_low"]
            left = (row["low"] - row["range_low"]) / width
            axes.barh(place, (row["high"] - row["low"]) / width, left=left, color=BLUE, height=0.5)
        else:
            each = 1 / len(row["range_choices"])
            for number, choice in enumerate(row["range_choices"]):
                if choice in row["choices"]:
                    axes.barh(place, each * 0.96, left=(number + 0.02) * each, color=BLUE, height=0.5)
        axes.text(0.5, place + 0.27, range_text(row, "low", "high", "choices"), ha="center", va="bottom", fontsize=8)


def _draw_path(axes: Axes, trajectory: pa.Table) -> None:
    """Coverage and density of PRIM's series of boxes, with the chosen one marked."""
    columns = trajectory.to_pydict()
    axes.plot(columns["coverage"], columns["density"], "o-", color=GREY, markersize=3, linewidth=0.8)
    chosen = columns["chosen"].index(True)
    axes.plot([columns["coverage"][chosen]], [columns["density"][chosen]], "o", color=BLUE, label="the box chosen")
    axes.set_xlabel("coverage", fontsize=9)
    axes.set_ylabel("density", fontsize=9)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(alpha=0.3, linewidth=0.5)
    axes.legend(fontsize=8, loc="lower left")
    axes.set_title("boxes on the way", fontsize=10)


def range_text(row: dict[str, Any], low: str, high: str, choices: str) -> str:
    """The range of a lever, or its choices, from the named columns of a row of limits."""
    if row[choices] is not None:
        return ", ".join(row[choices])
    return f"{row[low]:.4g} to {row[high]:.4g}"
