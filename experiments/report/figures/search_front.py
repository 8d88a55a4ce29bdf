"""Figure of a policy search: all trials, and those that no other trial beats."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import pyarrow as pa

from caremarket.experiments.analysis.measures import axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, GREY = "#0072B2", "#999999"
COLUMNS = 3


def front_figure(title: str, trials: pa.Table, objectives: Sequence[str]) -> Figure:
    """Each pair of objectives against each other, or, for a single objective, its values over the trials.

    Args:
        title: title above the figure.
        trials: one row per trial: ``trial``, ``feasible``, ``best``, and one column per objective.
        objectives: names of the objectives.
    """
    from matplotlib.figure import Figure

    pairs = list(combinations(objectives, 2)) or [("trial", objectives[0])]
    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    figure = Figure(figsize=(5 * columns + 1, 4 * rows + 0.6), layout="constrained")
    figure.suptitle(title, fontsize=12)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, (across, up) in zip(grid.flat, pairs, strict=False):
        _panel(axes, trials, across, up)
    for axes in list(grid.flat)[len(pairs) :]:
        axes.set_axis_off()
    return figure


def _panel(axes: Axes, trials: pa.Table, across: str, up: str) -> None:
    (x_label, x), (y_label, y) = (_values(trials, name) for name in (across, up))
    feasible, best = (trials.column(name).to_pylist() for name in ("feasible", "best"))
    kinds = (
        ("breaks a limit", "x", GREY, [not f for f in feasible]),
        ("tried", "o", GREY, [f and not b for f, b in zip(feasible, best, strict=True)]),
        ("not bettered", "o", BLUE, best),
    )
    for label, marker, colour, chosen in kinds:
        places = [(a, b) for a, b, c in zip(x, y, chosen, strict=True) if c and a is not None and b is not None]
        if places:
            axes.scatter([a for a, _ in places], [b for _, b in places], marker=marker, color=colour, s=18, label=label)
    axes.set_xlabel(x_label, fontsize=9)
    axes.set_ylabel(y_label, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3, linewidth=0.5)
    axes.legend(fontsize=8)


def _values(trials: pa.Table, name: str) -> tuple[str, list[float | None]]:
    label, factor = ("trial", 1.0) if name == "trial" else axis(name)
    return label, [None if value is None else factor * value for value in trials.column(name).to_pylist()]
