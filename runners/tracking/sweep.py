"""A sweep in MLflow: a parent run, and a child for each design point, each exactly once.

A child is complete when it has the metric :data:`LAST`, which goes out with or after all the rest. After a kill,
complete children are kept and the others made anew. Most of the time goes into MLflow's own work on metrics, so the
points of a large sweep are shared out among processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

import caremarket
from caremarket.experiments.analysis.measures import HEADLINES
from caremarket.experiments.analysis.statistics import Estimate, estimate
from caremarket.experiments.report.overview import headline_figure, png
from caremarket.runners.storage.manifest import written_at
from caremarket.runners.tracking.mlflow_pages import NOTE, outcomes, set_view
from caremarket.runners.tracking.mlflow_store import Entry, Metric, Store

LAST = "replicates"
"""The last metric of a point: the number of its replicates."""
POINT = "point"
"""Tag with the number of a child's design point."""
SHARED_FROM, MOST_PROCESSES = 250, 4
"""Points from which on they are shared out, and among how many processes at most."""
AHEAD = 100
"""Points that this process logs while another loads MLflow."""
SPREAD_OF_ALL = 200
"""Up to so many points every measure has its spread in MLflow; beyond, where each metric costs, the headlines have."""
OF_THE_PARENT = frozenset({"results", "code_source", "market", "mlflow.source.name", "mlflow.source.type"})
"""Tags that children do without: each costs time."""
NOT_MEASURES = frozenset({"run", "point", "replicate", "seed", "label"})


def log_sweep(
    store: Store,
    experiment: str,
    folder: Path,
    manifest: Mapping[str, Any],
    tags: Mapping[str, str],
    begun: Any | None,
    lock: int,
) -> str:
    """Log a finished sweep; returns the id of its parent run.

    Args:
        store: an open store.
        experiment: id of the experiment.
        folder: the sweep's folder.
        manifest: what the folder says about itself.
        tags: of the parent, and of each child unless it has its own.
        begun: the parent run that a kill left unfinished, if there is one.
        lock: handle of the folder's lock, which is held.
    """
    points = manifest["points"]
    path = folder / "runs.parquet"
    levers = list(dict.fromkeys(key for point in points for key in point["levers"]))
    if "policy" in levers:
        tags = {**tags, "policy": "varied"}
    parent = _parent(store, experiment, folder, manifest, tags, levers, begun)
    own = {name: value for name, value in tags.items() if name not in OF_THE_PARENT}
    job = Job(folder, experiment, parent.id, own, frozenset())
    if begun is not None:
        job = job.without(complete_children(store, experiment, parent.id, POINT))
    with_results = sum(1 for _ in rows_by_point(path, []))
    helpers = _helpers(with_results - len(job.there))
    if not helpers:
        job.log(store, manifest)
    elif not _share(store, job, helpers, lock):
        # A process failed: its points are still to be made; if the store is the reason, here it is told.
        job.without(complete_children(store, experiment, parent.id, POINT)).log(store, manifest)
    # A view of MLflow's page: what it lists first is the parent, then the points in order.
    set_view(store, experiment, levers)
    store.client.set_terminated(parent.id)
    return parent.id


@dataclass(frozen=True, slots=True)
class Job:
    """Points to log: those of a sweep's folder that are not ``there``, or a share of them.

    Attributes:
        folder: the sweep's folder.
        experiment: id of the experiment.
        parent: id of the parent run.
        tags: tags of every child.
        there: numbers of the points that are logged already.
        share: which part of the points, counted from 0, and of how many. The first has those before ``ahead`` as well.
    """

    folder: Path
    experiment: str
    parent: str
    tags: Mapping[str, str]
    there: frozenset[int]
    share: tuple[int, int] = (0, 1)
    ahead: int = 0

    def without(self, there: Iterable[int]) -> Job:
        """The same job, ``there`` being all that is logged by now."""
        return replace(self, there=frozenset(there))

    def log(self, store: Store, manifest: Mapping[str, Any], go_on: Callable[[], bool] = lambda: True) -> None:
        """Log the points in order, as long as ``go_on``."""
        own, of = self.share
        for number, rows in rows_by_point(self.folder / "runs.parquet"):
            if (0 if number < self.ahead else number % of) == own and number not in self.there:
                if not go_on():
                    return
                _log_point(store, self, manifest, number, rows)


def _helpers(points: int) -> int:
    """How many processes beside this one share in logging so many points."""
    return 0 if points < SHARED_FROM else min(os.cpu_count() or 1, MOST_PROCESSES) - 1


def _share(store: Store, job: Job, helpers: int, lock: int) -> bool:
    """Log points in this process and in ``helpers`` others; returns whether all of them did their part.

    The others hold the folder's lock as well, and stop when this process is gone: a command that comes after a kill
    waits until nobody writes any more.
    """
    of = helpers + 1
    job = replace(job, ahead=AHEAD * helpers)
    command = [sys.executable, "-m", "caremarket.runners.tracking.track_points"]
    # The same code as here, wherever the command was called.
    home = str(Path(str(caremarket.__file__)).resolve().parents[1])
    path = os.pathsep.join(p for p in (home, os.environ.get("PYTHONPATH")) if p)
    others = []
    try:
        for number in range(1, of):
            content = {
                "uri": store.uri,
                "artifacts": store.artifacts,
                "folder": str(job.folder.resolve()),
                "experiment": job.experiment,
                "parent": job.parent,
                "tags": dict(job.tags),
                "there": sorted(job.there),
                "share": [number, of],
                "ahead": job.ahead,
            }
            other = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),
                env={**os.environ, "PYTHONPATH": path},
            )
            others.append(other)
            assert other.stdin is not None
            other.stdin.write(json.dumps(content).encode() + b"\n")
            other.stdin.flush()
        manifest = json.loads((job.folder / "manifest.json").read_bytes())
        replace(job, share=(0, of)).log(store, manifest)
        for other in others:
            other.wait()
    finally:
        for other in others:
            assert other.stdin is not None
            with suppress(BrokenPipeError):
                other.stdin.close()
            other.wait()
    return all(other.returncode == 0 for other in others)


def _parent(
    store: Store,
    experiment: str,
    folder: Path,
    manifest: Mapping[str, Any],
    tags: Mapping[str, str],
    levers: Sequence[str],
    begun: Any | None,
) -> Entry:
    """The sweep's own run: what was asked for, how many runs there are, and the outcomes at a glance."""
    counts, points, replicates = manifest["runs"], manifest["points"], manifest["replicates"]
    found = headlines(folder / "runs.parquet")
    named = [(point["label"], found[n]) for n, point in enumerate(points) if n in found]
    count = f"{len(points)} point{'s' if len(points) != 1 else ''}"
    # With sequential stopping a point has as many replicates as it needed.
    each = f"{'up to ' if 'stopping' in manifest else ''}{replicates}"
    title = f"{manifest['name']}: {count} × {each} ({manifest['id'][:6]})"
    when = written_at(manifest)
    if begun is None:
        note = (
            f"{count} × {each} replicates, seed {manifest['seed']}; varied: {', '.join(levers) or 'nothing'}. "
            f"{counts['done']} runs done, {counts['failed']} failed. `headlines.png` among the artifacts shows all "
            f"points.\n\n{outcomes(named)}"
        )
        entry = store.create(experiment, title, {**tags, NOTE: note}, when)
    else:
        entry = Entry(str(begun.info.run_id), str(begun.info.artifact_uri or ""))
    numbers = [(f"runs_{name}", float(counts[name]), 0) for name in ("done", "failed")]
    store.log(entry.id, numbers, {**manifest["params"], "points": len(points), "replicates": replicates}, when)
    names = ["config.yaml", "design.parquet", *(("failures.parquet",) if counts["failed"] else ())]
    names += ["stopping.parquet", "comparison.parquet", "report.html"]
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
    if named:
        files["headlines.png"] = png(headline_figure(title, named))
    store.keep(entry, files)
    return entry


def complete_children(store: Store, experiment: str, parent: str, tag: str) -> set[int]:
    """Numbers, by ``tag``, of the children that are logged; those a kill cut short, or there twice, are removed."""
    there: set[int] = set()
    for child in store.children(experiment, parent):
        number = int(child.data.tags.get(tag, -1))
        if LAST in child.data.metrics and number not in there:
            there.add(number)
        else:
            store.client.delete_run(child.info.run_id)
    return there


def _log_point(store: Store, job: Job, manifest: Mapping[str, Any], number: int, rows: pa.Table) -> None:
    """A child: levers as params, estimates as metrics, and its replicates as a table."""
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
    # MLflow lists the latest first: a millisecond a point keeps the order of the design.
    entry = store.create(job.experiment, point["label"], {**job.tags, **own}, when - 1 - number)
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(rows, sink)
    store.keep(entry, {"replicates.csv": sink.getvalue().to_pybytes()})
    # Before the metrics, since MLflow reads them all to end a run; it is the last metric that makes it complete.
    store.client.set_terminated(entry.id, end_time=when)
    store.log(entry.id, point_metrics(estimates, len(points)), {**point.get("params", {}), **point["levers"]}, when)


def rows_by_point(path: Path, columns: Sequence[str] | None = None) -> Iterator[tuple[int, pa.Table]]:
    """Number and rows of each point in turn, reading no more of ``runs.parquet`` at once than need be."""
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
    names = [name for name in HEADLINES if name in pq.read_schema(path).names]
    return {number: point_estimates(rows) for number, rows in rows_by_point(path, names)}


def point_estimates(rows: pa.Table) -> dict[str, Estimate]:
    """Each measure of a point over its replicates, leaving out those that were never measured."""
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
        if found.sd is not None and found.half_width is not None and (points <= SPREAD_OF_ALL or name in HEADLINES):
            metrics.append((f"{name}_sd", found.sd, 0))
            metrics.append((f"{name}_half_width", found.half_width, 0))
        metrics.append((name, found.mean, 0))
    return metrics


def measure_columns(schema: pa.Schema) -> list[str]:
    """The columns of ``runs`` that are measures: not the run's identity, nor levers with dotted names."""
    return [
        field.name
        for field in schema
        if pa.types.is_float64(field.type) and field.name not in NOT_MEASURES and "." not in field.name
    ]
