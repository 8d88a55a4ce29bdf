"""Shared parts of the matplotlib figures of a comparison: colours, panels, legend, and figures as bytes.

Colours are those of Okabe and Ito, which colour-blind readers can distinguish. Line styles and markers differ as well,
so that figures remain readable in black and white. No global state of matplotlib is changed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

from caremarket.experiments.analysis.measures import noun, readable
from caremarket.experiments.analysis.statistics import Values

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#7F7F7F")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
ARMS_SHOWN = len(PALETTE)
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
def style() -> Iterator[None]:
    """Matplotlib settings for these figures, within a ``with`` block."""
    with mpl.rc_context(STYLE):
        yield


def nothing_to_measure(axes: Axes, position: int) -> None:
    """Write in a row of a panel that there is nothing to show."""
    axes.annotate(
        "nothing to measure",
        (0.02, position),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=7.5,
        color="#666666",
    )


def ticks(axes: Axes, count: int) -> None:
    """About ``count`` ticks on the horizontal axis, with thousands separated."""
    axes.xaxis.set_major_locator(MaxNLocator(count))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, the same bytes for the same figure."""
    sink = io.BytesIO()
    with style():
        figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    return sink.getvalue()


def png_bytes(figure: Figure) -> bytes:
    """The figure as PNG."""
    sink = io.BytesIO()
    figure.savefig(sink, format="png", dpi=150, metadata={"Software": None})
    return sink.getvalue()


def columns_of(panels: int) -> int:
    """Number of columns for a number of panels: up to three."""
    return min(3, max(panels, 1)) if panels != 4 else 2


def panels_of(count: int, height: float, title: str) -> tuple[Figure, list[Axes]]:
    """A figure with ``count`` panels in rows of up to three, each ``height`` inches high."""
    columns = columns_of(count)
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


def legend(figure: Figure, panels: Sequence[Axes], title: str) -> None:
    """One legend over the figure for all panels."""
    entries: dict[str, Artist] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if entries:
        figure.legend(
            list(entries.values()), list(entries), loc="outside upper left", ncols=4, title=title, alignment="left"
        )


def titled(name: str, unit_text: str) -> str:
    """Title of a panel: the measure with its unit, on lines of at most 34 characters."""
    text = readable(name)
    return fill(f"{text} ({unit_text})" if unit_text else text, 34)


def floats(table: pa.Table, name: str) -> Values:
    """A column as floating-point numbers; absent values are NaN."""
    values: Values = table[name].to_numpy(zero_copy_only=False).astype(np.float64)
    return values


def texts(table: pa.Table, name: str) -> NDArray[np.object_]:
    """A column as text."""
    return np.array(table[name].to_pylist(), dtype=np.object_)


def wrapped(text: str) -> str:
    """Text on lines of at most 24 characters."""
    return fill(text, 24)


def alternative_text(kind: str, measures: Sequence[str]) -> str:
    """Description of a figure for readers who cannot see it."""
    return f"{kind}: {'; '.join(noun(name) for name in measures)}"
