"""Figures for page, report and MLflow alike: from Arrow tables to matplotlib figures, without global state.

Colours are those of Okabe and Ito, told apart by the colour-blind; line styles and markers differ as well, so that
figures survive a black-and-white printer.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import pyarrow as pa
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter
from numpy.typing import NDArray

from caremarket.experiments.analysis.measures import noun, readable, unit
from caremarket.experiments.analysis.statistics import Values

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
ARMS_SHOWN = len(PALETTE)
POINTS_SHOWN = 400
"""Runs of an arm that are drawn as points; of more only the box."""
BAND = (0.1, 0.9)
"""Quantiles of the runs between which a band of a time series lies."""
FIRST_YEAR = 2013
STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.dpi": 110,
    "svg.hashsalt": "caremarket",
}


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context(STYLE):
        yield


def forest(comparison: pa.Table, measures: Sequence[str], title: str = "") -> Figure:
    """Paired differences from the baseline: a panel a measure, a row an arm, dot for the mean, bar for the interval.

    Args:
        comparison: with the schema of :data:`caremarket.experiments.analysis.comparison.SCHEMA`.
        measures: those wanted, one or more.
        title: over all panels.
    """
    rows = [row for row in comparison.to_pylist() if row["measure"] in set(measures)]
    arms = list(dict.fromkeys(row["arm"] for row in rows))[:ARMS_SHOWN]
    baseline = rows[0]["baseline"] if rows else ""
    shown = [name for name in measures if any(r["measure"] == name and r["difference"] is not None for r in rows)]
    with _style():
        figure, panels = _panels(len(shown), height=0.7 + 0.27 * len(arms), title=title)
        for number, (axes, name) in enumerate(zip(panels, shown, strict=True)):
            found = {row["arm"]: row for row in rows if row["measure"] == name}
            _differences(axes, name, [found.get(arm) for arm in arms])
            first = number % _columns(len(shown)) == 0
            axes.set_yticks(range(len(arms)), [_short(arm) for arm in arms] if first else [""] * len(arms))
            axes.set_ylim(len(arms) - 0.5, -0.5)
            axes.grid(visible=False, axis="y")
        if shown:
            figure.supxlabel(f"difference from {_short(baseline)} (mean and 95% interval, t)", fontsize=9)
    return figure


def _nothing(axes: Axes, position: int) -> None:
    """Say in a row of a panel that there is nothing to show."""
    axes.annotate(
        "nothing to measure",
        (0.02, position),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=7.5,
        color="#666666",
    )


def _differences(axes: Axes, name: str, rows: Sequence[Mapping[str, float | None] | None]) -> None:
    """One panel of a forest plot; rows without an estimate stay empty."""
    ends = [abs(value) for row in rows if row for value in (row["t_low"], row["t_high"], row["difference"]) if value]
    shown = unit(name, max(ends, default=0.0))
    axes.axvline(0.0, color="#666666", linewidth=0.9)
    for position, row in enumerate(rows):
        if row is None or row["difference"] is None:
            _nothing(axes, position)
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
    axes.set_title(_titled(name, "points" if shown.text == "%" else shown.text))
    _ticks(axes, 5)
    if not ends:
        axes.set_xlim(-1.0, 1.0)
    axes.margins(x=0.12)


def over_years(yearly: pa.Table, arms: Mapping[str, Sequence[int]], measures: Sequence[str], title: str = "") -> Figure:
    """The nation's measures at the end of every year: mean over runs, and the band of the middle 80% of them.

    Args:
        yearly: the sweep's ``yearly`` table, or its rows of ``dimension = nation``.
        arms: arm -> points of it.
        measures: those wanted.
        title: over all panels.
    """
    wanted_rows = np.isin(_texts(yearly, "measure"), list(measures)) & (_texts(yearly, "dimension") == "nation")
    national = yearly.filter(pa.array(wanted_rows))
    names = _texts(national, "measure")
    there = set(names)
    wanted = [name for name in measures if name in there]
    with _style():
        figure, panels = _panels(len(wanted), height=2.1, title="")
        for axes, name in zip(panels, wanted, strict=True):
            _series(axes, name, national.filter(pa.array(names == name)), arms)
        _legend(figure, panels, title)
        if wanted:
            figure.supxlabel(
                f"years from April {FIRST_YEAR} (line: mean of runs; band: middle 80% of runs)", fontsize=9
            )
    return figure


def _series(axes: Axes, name: str, rows: pa.Table, arms: Mapping[str, Sequence[int]]) -> None:
    values = _floats(rows, "value")
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
            label=_short(arm),
        )
    axes.set_title(_titled(name, shown.text))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    axes.margins(x=0.03)


def distributions(
    runs: pa.Table, arms: Mapping[str, Sequence[int]], measures: Sequence[str], title: str = ""
) -> Figure:
    """Every run as a point over a box of median and quartiles: a panel a measure, a row an arm.

    Args:
        runs: with ``point`` and the measures as columns.
        arms: arm -> points of it.
        measures: those wanted.
        title: over all panels.
    """
    shown = list(islice(arms.items(), ARMS_SHOWN))
    wanted = [name for name in measures if not np.isnan(_floats(runs, name)).all()]
    points = runs["point"].to_numpy()
    with _style():
        figure, panels = _panels(len(wanted), height=0.7 + 0.32 * len(shown), title=title)
        for number, (axes, name) in enumerate(zip(panels, wanted, strict=True)):
            values = _floats(runs, name)
            own = [values[np.isin(points, list(members)) & ~np.isnan(values)] for _, members in shown]
            _boxes(axes, name, own)
            first = number % _columns(len(wanted)) == 0
            axes.set_yticks(range(len(shown)), [_short(arm) if first else "" for arm, _ in shown])
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
            _nothing(axes, position)
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
        # Spread evenly, not by chance: the same table gives the same figure.
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
    axes.set_title(_titled(name, shown.text))
    _ticks(axes, 5)


def _ticks(axes: Axes, count: int) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(count))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, the same bytes for the same figure."""
    sink = io.BytesIO()
    with _style():
        figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    return sink.getvalue()


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG."""
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=150, metadata={"Software": None})
    return sink.getvalue()


def _columns(panels: int) -> int:
    return min(3, max(panels, 1)) if panels != 4 else 2


def _panels(count: int, height: float, title: str) -> tuple[Figure, list[Axes]]:
    """A figure with ``count`` panels in rows of up to three, each ``height`` inches high."""
    columns = _columns(count)
    rows = max(1, -(-count // columns))
    figure = Figure(figsize=(max(3.2 * columns, 5.2), rows * (height + 0.35) + 0.7), layout="constrained")
    if title:
        figure.suptitle(title, fontsize=11, x=0.01, ha="left")
    if not count:
        axes = figure.subplots()
        axes.axis("off")
        axes.text(0.5, 0.5, "nothing to measure", ha="center")
        return figure, []
    grid = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes in grid[count:]:
        axes.remove()
    return figure, list(grid[:count])


def _legend(figure: Figure, panels: Sequence[Axes], title: str) -> None:
    entries: dict[str, Artist] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if entries:
        figure.legend(
            list(entries.values()), list(entries), loc="outside upper left", ncols=4, title=title, alignment="left"
        )


def _titled(name: str, unit_text: str) -> str:
    text = readable(name)
    return fill(f"{text} ({unit_text})" if unit_text else text, 34)


def _floats(table: pa.Table, name: str) -> Values:
    values: Values = table[name].to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def _texts(table: pa.Table, name: str) -> NDArray[np.object_]:
    return np.array(table[name].to_pylist(), dtype=np.object_)


def _short(text: str) -> str:
    return fill(text, 24)


def alternative_text(kind: str, measures: Sequence[str]) -> str:
    """What a figure shows, for those who cannot see it."""
    return f"{kind}: {'; '.join(noun(name) for name in measures)}"
