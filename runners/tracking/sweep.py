"""A sweep in MLflow: a parent run, and a child for each design point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from caremarket.experiments.report.figures.headlines import headline_figure, png
from caremarket.runners.storage.manifest import written_at
from caremarket.runners.tracking.child_runs import OF_THE_PARENT, complete_children
from caremarket.runners.tracking.mlflow_pages import NOTE, outcomes, set_view
from caremarket.runners.tracking.mlflow_store import Entry, Store
from caremarket.runners.tracking.point_estimates import headlines, rows_by_point
from caremarket.runners.tracking.point_processes import helpers_for, log_with_helpers
from caremarket.runners.tracking.sweep_points import POINT, Job


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
        manifest: content of the folder's ``manifest.json``.
        tags: tags of the parent, and of each child unless it has its own.
        begun: a parent run that a kill left unfinished; None if there is none.
        lock: file descriptor of the folder's lock, which is held.
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
    helpers = helpers_for(with_results - len(job.there))
    if not helpers:
        job.log(store, manifest)
    elif not log_with_helpers(store, job, helpers, lock):
        # A process failed: log its points here; if the store is the cause, its error is raised here.
        job.without(complete_children(store, experiment, parent.id, POINT)).log(store, manifest)
    # The view lists the parent first, then the points in order.
    set_view(store, experiment, levers)
    store.client.set_terminated(parent.id)
    return parent.id


def _parent(
    store: Store,
    experiment: str,
    folder: Path,
    manifest: Mapping[str, Any],
    tags: Mapping[str, str],
    levers: Sequence[str],
    begun: Any | None,
) -> Entry:
    """The parent run: design, numbers of runs, and an overview of outcomes; continued if ``begun``."""
    counts, points, replicates = manifest["runs"], manifest["points"], manifest["replicates"]
    found = headlines(folder / "runs.parquet")
    named = [(point["label"], found[n]) for n, point in enumerate(points) if n in found]
    count = f"{len(points)} point{'s' if len(points) != 1 else ''}"
    # With design.stopping a point has as many replicates as it needed.
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
        entry = Entry.of(begun)
    numbers = [(f"runs_{name}", float(counts[name]), 0) for name in ("done", "failed")]
    store.log(entry.id, numbers, {**manifest["params"], "points": len(points), "replicates": replicates}, when)
    names = ["config.yaml", "design.parquet", *(("failures.parquet",) if counts["failed"] else ())]
    names += ["stopping.parquet", "comparison.parquet", "report.html"]
    files = {name: (folder / name).read_bytes() for name in names if (folder / name).exists()}
    if named:
        files["headlines.png"] = png(headline_figure(title, named))
    store.keep(entry, files)
    return entry
