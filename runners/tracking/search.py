"""A search in MLflow: a parent run, and a child for each trial.

Every trial has a child, not only the best ones: MLflow's scatter and parallel-coordinates charts show a trade-off only
together with worse trials. The best are tagged ``best``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.experiments.analysis.statistics import Estimate
from caremarket.runners.storage.manifest import written_at
from caremarket.runners.tracking.child_runs import OF_THE_PARENT, complete_children
from caremarket.runners.tracking.mlflow_pages import NOTE, outcomes, set_view
from caremarket.runners.tracking.mlflow_store import Entry, Store
from caremarket.runners.tracking.point_estimates import LAST, point_estimates, point_metrics, rows_by_point

TRIAL = "trial"
"""Tag with the number of a child's trial."""
FILES = ("config.yaml", "trials.parquet", "pareto.parquet", "pareto.png")


def log_search(
    store: Store,
    experiment: str,
    folder: Path,
    manifest: Mapping[str, Any],
    tags: Mapping[str, str],
    begun: Any | None,
) -> str:
    """Log a finished search; returns the id of its parent run.

    Args:
        store: an open store.
        experiment: id of the experiment.
        folder: the search's folder.
        manifest: content of the folder's ``manifest.json``.
        tags: tags of the parent, and of each child unless it has its own.
        begun: a parent run that a kill left unfinished; None if there is none.
    """
    spec, when = manifest["search"], written_at(manifest)
    trials = pq.read_table(folder / "trials.parquet")
    best = trials.column("best").to_pylist().count(True)
    if begun is None:
        goals = ", ".join(f"{way} {name}" for name, way in spec["objectives"].items())
        note = (
            f"Policy search: {goals}. {trials.num_rows} trials × {manifest['replicates']} replicates, sampler "
            f"{spec['sampler']}, seed {manifest['seed']}. {best} trials are not bettered by another (tag `best`); "
            "`pareto.png` among the artifacts shows them."
        )
        title = f"{manifest['name']}: search, {trials.num_rows} trials ({manifest['id'][:6]})"
        parent = store.create(experiment, title, {**tags, "policy": "varied", NOTE: note}, when)
    else:
        parent = Entry.of(begun)
    settings = {f"search.{key}": json.dumps(spec[key]) for key in ("objectives", "constraints")}
    settings |= {f"search.{key}": spec[key] for key in ("trials", "generation", "sampler")}
    params = {**manifest["params"], **settings, "replicates": manifest["replicates"]}
    store.log(parent.id, [("best_trials", float(best), 0)], params, when)
    store.keep(parent, {name: (folder / name).read_bytes() for name in FILES})
    there = complete_children(store, experiment, parent.id, TRIAL)
    own = {name: value for name, value in tags.items() if name not in OF_THE_PARENT}
    _log_trials(store, experiment, parent.id, folder, spec, own, there, trials, when)
    set_view(store, experiment, list(spec["levers"]), list(spec["objectives"]))
    store.client.set_terminated(parent.id)
    return parent.id


def _log_trials(
    store: Store,
    experiment: str,
    parent: str,
    folder: Path,
    spec: Mapping[str, Any],
    tags: Mapping[str, str],
    there: set[int],
    trials: pa.Table,
    when: int,
) -> None:
    found: dict[int, dict[str, Estimate]] = {}
    generation = -1
    for row in trials.to_pylist():
        number = row["trial"]
        if row["generation"] != generation:
            generation = row["generation"]
            found = _estimates(folder / "generations" / f"{generation:05d}" / "runs.parquet")
        if number in there:
            continue
        estimates = found.get(number, {LAST: Estimate(0, 0.0, None, None)})
        label = f"trial={number}"
        what = f"Failed: {row['reason']}" if row["reason"] else outcomes([(label, estimates)])
        own = {
            "kind": "trial",
            TRIAL: str(number),
            "best": str(row["best"]).lower(),
            "feasible": str(row["feasible"]).lower(),
            "policy": str(row.get("policy", tags.get("policy", ""))),
            "mlflow.parentRunId": parent,
            NOTE: what,
        }
        entry = store.create(experiment, label, {**tags, **own}, when - 1 - number)
        status = "FAILED" if row["reason"] else "FINISHED"
        store.client.set_terminated(entry.id, status=status, end_time=when)
        levers = {key: row[key] for key in spec["levers"]}
        store.log(entry.id, point_metrics(estimates, trials.num_rows), levers, when)


def _estimates(path: Path) -> dict[int, dict[str, Estimate]]:
    """Trial -> estimates, for the trials of a generation; a trial's number is read from its label."""
    return {
        int(rows.column("label")[0].as_py().removeprefix("trial=")): point_estimates(rows)
        for _, rows in rows_by_point(path)
    }
