"""The three figures of a comparison, drawn from its sweeps: differences, values over the years, single runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from caremarket.experiments.analysis.comparison import Comparison
from caremarket.experiments.analysis.results import SweepResults
from caremarket.market.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figures_of(comparison: Comparison, measures: Sequence[str] | None = None) -> dict[str, Figure]:
    """The figures of a comparison by name: ``differences``, ``years`` if years were recorded, ``distributions``."""
    from caremarket.experiments.report import figures

    wanted = list(measures or comparison.headlines)
    arms, others = _points(comparison)
    runs = _both(comparison, others, lambda sweep: sweep.table("runs", ["point", *wanted]))
    made = {"differences": figures.forest(comparison.table, wanted)}
    try:
        yearly = _both(comparison, others, lambda sweep: _national(sweep, wanted))
    except ConfigurationError:  # a sweep may keep only the summaries
        yearly = None
    if yearly is not None and yearly.num_rows:
        made["years"] = figures.over_years(yearly, arms, wanted)
    made["distributions"] = figures.distributions(runs, arms, wanted)
    return made


def _national(sweep: SweepResults, measures: Sequence[str]) -> pa.Table:
    wanted = [("dimension", "=", "nation"), ("measure", "in", list(measures))]
    return sweep.table("yearly", ["point", "year", "dimension", "measure", "value"], wanted)


def _points(comparison: Comparison) -> tuple[dict[str, list[int]], int]:
    """Policy -> its points, the baseline first; points of another sweep are numbered from the second value."""
    arms = {name: list(points.values()) for name, points in comparison.arms.members.items()}
    offset = len(comparison.sweep.points)
    own = arms.pop(comparison.arms.baseline)
    if comparison.against is not None:
        named = [
            point for point in comparison.against.points if comparison.arms.baseline.startswith(f"{point.label} (")
        ]
        own = [offset + point.index for point in named or comparison.against.points]
    return {comparison.arms.baseline: own, **arms}, offset


def _both(comparison: Comparison, offset: int, read: Any) -> pa.Table:
    """A table of the sweep, followed by the same table of the sweep it is compared against."""
    table: pa.Table = read(comparison.sweep)
    if comparison.against is None:
        return table
    other = read(comparison.against)
    position = other.column_names.index("point")
    moved = pc.add(other.column("point"), pa.scalar(offset, other.schema.field("point").type))
    return pa.concat_tables([table, other.set_column(position, table.schema.field("point"), moved)])


CAPTIONS = {
    "differences": "Difference of each policy from the baseline: the mean over pairs of runs with the same seed, and "
    "its 95% interval. An interval that stays clear of the line at zero is a difference that chance hardly explains.",
    "years": "The same measures at the end of every year. Lines are means of runs; nine runs in ten are below the "
    "upper edge of a band, one in ten below its lower edge.",
    "distributions": "Every run as a point. Runs of two policies with the same seed belong together, so two clouds may "
    "overlap although one policy is higher in every pair.",
}
HEADINGS = {"differences": "Differences from the baseline", "years": "Over the years", "distributions": "All runs"}
