"""A single run in MLflow: levers as params, the summary as metrics, yearly series stepped by year."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from caremarket.experiments.analysis.statistics import Estimate
from caremarket.runners.storage.manifest import written_at
from caremarket.runners.tracking.mlflow_pages import NOTE, outcomes, set_view
from caremarket.runners.tracking.mlflow_store import Store
from caremarket.runners.tracking.run_figures import run_figures


def log_run(store: Store, experiment: str, folder: Path, manifest: Mapping[str, Any], tags: dict[str, str]) -> str:
    """Log a single run; returns its id."""
    summary: dict[str, float | None] = json.loads((folder / "summary.json").read_bytes())
    title = f"{manifest['name']} seed={manifest['seed']}"
    note = (
        f"One run of {manifest['params']['horizon_years']:g} years. Metrics are national figures: a value a year "
        f"by step, the last at the end.\n\n{outcomes([(title, _single(summary))])}"
    )
    when = written_at(manifest)
    entry = store.create(experiment, title, {**tags, NOTE: note}, when)
    series = list(yearly_series(folder / "yearly.parquet"))
    stepped = {name for name, _, _ in series}
    last = max((year for _, year, _ in series), default=0)
    metrics = [(name, value, year) for name, year, value in series]
    # Values at the end are logged last, so that MLflow shows them as the run's values.
    metrics += [
        (name, float(value), last + 1 if name in stepped else 0)
        for name, value in summary.items()
        if value is not None and not _is_last(series, name, last, value)
    ]
    store.log(entry.id, metrics, manifest["params"], when)
    store.keep(entry, {name: (folder / name).read_bytes() for name in ("config.yaml", "summary.json")})
    if manifest.get("figures"):
        store.keep(entry, run_figures(folder))
    store.client.set_terminated(entry.id)
    set_view(store, experiment, [])
    return entry.id


def _is_last(series: Sequence[tuple[str, int, float]], name: str, last: int, value: float) -> bool:
    return any(n == name and year == last and found == value for n, year, found in series)


def yearly_series(path: Path) -> Iterable[tuple[str, int, float]]:
    """The national measures in a run's ``yearly`` table as (name, year, value), without those not measured."""
    if not path.exists():
        return []
    columns = ["year", "dimension", "measure", "value"]
    table = pq.read_table(path, columns=columns, filters=[("dimension", "=", "nation")])
    return [
        (str(row["measure"]), round(row["year"]), float(row["value"]))
        for row in table.to_pylist()
        if row["value"] is not None
    ]


def _single(summary: Mapping[str, float | None]) -> dict[str, Estimate]:
    return {k: Estimate(1, float(v), None, None) for k, v in summary.items() if v is not None}
