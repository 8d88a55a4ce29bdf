"""A validation in MLflow: one run, whose tags are verdicts, metrics effects, and artifacts the tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from caremarket.experiments.evidence.verdicts import CONFIRMED, GONE, REFUTED, UNDECIDED
from caremarket.experiments.report.verdict_table import headline
from caremarket.runners.storage.manifest import written_at
from caremarket.runners.tracking.mlflow_pages import NOTE
from caremarket.runners.tracking.mlflow_store import Store

METRICS = ("effect", "low", "high", "runs", "ablation_effect", "ablation_low", "ablation_high", "robust_share")
"""Entries of each row of ``verdicts.json`` that become metrics, such as ``H5_effect``."""
NAMES = {"robust_share": "sign_holds"}


def log_validation(
    store: Store, experiment: str, folder: Path, manifest: Mapping[str, Any], tags: Mapping[str, str]
) -> str:
    """Log a finished validation; returns the id of its run.

    Args:
        store: an open store.
        experiment: id of the experiment.
        folder: the validation's folder.
        manifest: content of the folder's ``manifest.json``.
        tags: tags of the run.
    """
    path, when = folder / "verdicts.json", written_at(manifest)
    rows: list[dict[str, Any]] = json.loads(path.read_bytes()) if path.exists() else []
    page = folder / "verdicts.md"
    note = page.read_text(encoding="utf-8") if rows and page.exists() else "No hypothesis was looked at."
    spec = manifest["validate"]
    verdicts = {row["id"]: f"{row['verdict']}, without the mechanism: {row['ablation']}" for row in rows}
    looks = ", ".join(map(str, spec["rule"]["looks"]))
    title = f"{manifest['name']}: looks at {looks} ({manifest['id'][:6]})"
    entry = store.create(experiment, title, {**tags, **verdicts, NOTE: note}, when)
    metrics = [
        (f"{row['id']}_{NAMES.get(key, key)}", float(row[key]), 0)
        for row in rows
        for key in METRICS
        if row.get(key) is not None
    ]
    count = Counter(row["verdict"] for row in rows)
    metrics += [(verdict, float(count[verdict]), 0) for verdict in (CONFIRMED, REFUTED, UNDECIDED)]
    gone = sum(row["verdict"] == CONFIRMED and row["ablation"] == GONE for row in rows)
    metrics.append(("confirmed_and_gone", float(gone), 0))
    params = {
        "looks": looks,
        "confidence": spec["rule"]["confidence"],
        "robustness_points": spec["robustness"]["points"],
        "parts": ", ".join(manifest["parts_done"]),
        "headline": headline(rows),
    }
    store.log(entry.id, metrics, params, when)
    kept = [path for path in sorted(folder.iterdir()) if path.suffix in {".json", ".parquet", ".md", ".yaml"}]
    store.keep(entry, {path.name: path.read_bytes() for path in kept})
    store.client.set_terminated(entry.id)
    return entry.id
