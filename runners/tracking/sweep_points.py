"""Design points of a sweep in MLflow: a run for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from caremarket.runners.storage.manifest import written_at
from caremarket.runners.tracking.mlflow_pages import NOTE, outcomes
from caremarket.runners.tracking.mlflow_store import Store
from caremarket.runners.tracking.point_estimates import point_estimates, point_metrics, rows_by_point

POINT = "point"
"""Tag with the number of a child's design point."""


@dataclass(frozen=True, slots=True)
class Job:
    """Points to log: those of a sweep's folder that are not ``there``, or a share of them.

    Attributes:
        folder: the sweep's folder.
        experiment: id of the experiment.
        parent: id of the parent run.
        tags: tags of every child.
        there: numbers of the points that are in the store already.
        share: number of this share, counted from 0, and number of shares.
        ahead: all points before this one are in share 0 as well.
    """

    folder: Path
    experiment: str
    parent: str
    tags: Mapping[str, str]
    there: frozenset[int]
    share: tuple[int, int] = (0, 1)
    ahead: int = 0

    def without(self, there: Iterable[int]) -> Job:
        """The same job with another set of points that are in the store already."""
        return replace(self, there=frozenset(there))

    def log(self, store: Store, manifest: Mapping[str, Any], go_on: Callable[[], bool] = lambda: True) -> None:
        """Log the points in order, as long as ``go_on`` returns true."""
        own, of = self.share
        for number, rows in rows_by_point(self.folder / "runs.parquet"):
            if (0 if number < self.ahead else number % of) == own and number not in self.there:
                if not go_on():
                    return
                _log_point(store, self, manifest, number, rows)


def _log_point(store: Store, job: Job, manifest: Mapping[str, Any], number: int, rows: pa.Table) -> None:
    """Log a point: levers as params, estimates as metrics, and its replicates as a table."""
    points, when = manifest["points"], written_at(manifest)
    point = points[number]
    estimates = point_estimates(rows)
    own = {
        "kind": "point",
        POINT: str(number),
        "config_hash": point["config_hash"],
        "policy": str(point["levers"].get("policy", manifest["choices"].get("policy", ""))),
        "mlflow.parentRunId": job.parent,
        NOTE: f"Point {number + 1} of {len(points)}, {rows.num_rows} replicates.\n\n"
        f"{outcomes([(point['label'], estimates)])}",
    }
    # MLflow lists the latest run first: start times a millisecond apart keep the order of the design.
    entry = store.create(job.experiment, point["label"], {**job.tags, **own}, when - 1 - number)
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(rows, sink)
    store.keep(entry, {"replicates.csv": sink.getvalue().to_pybytes()})
    # Ended before metrics are logged, since MLflow reads all metrics to end a run. The last metric makes it complete.
    store.client.set_terminated(entry.id, end_time=when)
    store.log(entry.id, point_metrics(estimates, len(points)), {**point.get("params", {}), **point["levers"]}, when)
