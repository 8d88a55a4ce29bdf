"""Estimates of a design point's measures over its replicates, read from ``runs.parquet``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.agents.records.measures import headline_names
from caremarket.experiments.analysis.statistics import Estimate, estimate
from caremarket.runners.tracking.mlflow_store import Metric

LAST = "replicates"
"""The last metric of a point that is logged: its number of replicates."""
SPREAD_OF_ALL = 200
"""Number of points up to which every measure has its spread in MLflow; above, only headline measures have it."""
NOT_MEASURES = frozenset({"run", "point", "replicate", "seed", "label"})


def rows_by_point(path: Path, columns: Sequence[str] | None = None) -> Iterator[tuple[int, pa.Table]]:
    """Number and rows of each point in turn; ``runs.parquet`` is read one row group at a time."""
    if not path.exists():
        return
    held: list[pa.Table] = []
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=None if columns is None else ["point", *columns])
            while rows.num_rows:
                # Rows are ordered by point.
                numbers = rows.column("point").to_numpy()
                end = int(numbers.searchsorted(numbers[0], "right"))
                if held and held[0].column("point")[0].as_py() != numbers[0]:
                    yield _joined(held)
                    held = []
                held.append(rows.slice(0, end))
                rows = rows.slice(end)
    if held:
        yield _joined(held)


def _joined(parts: Sequence[pa.Table]) -> tuple[int, pa.Table]:
    table = pa.concat_tables(parts)
    return int(table.column("point")[0].as_py()), table


def headlines(path: Path) -> dict[int, dict[str, Estimate]]:
    """The headline measures of each point of a ``runs.parquet``, by the point's number."""
    if not path.exists():
        return {}
    names = [name for name in headline_names() if name in pq.read_schema(path).names]
    return {number: point_estimates(rows) for number, rows in rows_by_point(path, names)}


def point_estimates(rows: pa.Table) -> dict[str, Estimate]:
    """Estimate of each measure of a point over its replicates, without measures that were never measured."""
    found = {}
    for name in measure_columns(rows.schema):
        measured = estimate(rows.column(name).to_pylist())
        if measured is not None:
            found[name] = measured
    return {**found, LAST: Estimate(rows.num_rows, float(rows.num_rows), None, None)}


def point_metrics(estimates: Mapping[str, Estimate], points: int = 1) -> list[Metric]:
    """``<measure>`` (mean), ``<measure>_sd``, ``<measure>_half_width`` over replicates, at step 0.

    In a sweep of more than :data:`SPREAD_OF_ALL` points only headline measures have the last two.
    """
    metrics = []
    for name, found in estimates.items():
        if (
            found.sd is not None
            and found.half_width is not None
            and (points <= SPREAD_OF_ALL or name in headline_names())
        ):
            metrics.append((f"{name}_sd", found.sd, 0))
            metrics.append((f"{name}_half_width", found.half_width, 0))
        metrics.append((name, found.mean, 0))
    return metrics


def measure_columns(schema: pa.Schema) -> list[str]:
    """The columns of ``runs`` that are measures, without the run's identity and levers (dotted names)."""
    return [
        field.name
        for field in schema
        if pa.types.is_float64(field.type) and field.name not in NOT_MEASURES and "." not in field.name
    ]
