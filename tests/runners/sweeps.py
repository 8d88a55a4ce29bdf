"""Finished sweeps made up from numbers, for what reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from caremarket.runners.storage.encodings import json_bytes, parquet_bytes

MEASURES = ("hhi_direct", "sme_value_share_delivered", "outcome_index", "public_cost_pence", "sme_margin")


def finished_sweep(root: Path, points: int, replicates: int = 3, name: str = "made_up") -> Path:
    """A sweep of ``policy.flow_down`` that waits to be tracked; ``sme_margin`` was never measured."""
    folder = root / name / "0123456789ab"
    folder.mkdir(parents=True)
    draw = np.random.default_rng(1)
    number = np.repeat(np.arange(points, dtype=np.int32), replicates)
    replicate = np.tile(np.arange(replicates, dtype=np.int32), points)
    lever = np.linspace(0.0, 1.0, points)
    labels = [f"flow_down={value:.6g}" for value in lever]
    columns = {
        "run": np.arange(points * replicates, dtype=np.int32),
        "point": number,
        "replicate": replicate,
        "seed": replicate.astype(np.int64),
        "label": pa.array([labels[n] for n in number]),
        "policy.flow_down": lever[number],
        **{measure: draw.random(points * replicates) for measure in MEASURES},
        "sme_margin": pa.array([None] * (points * replicates), pa.float64()),
    }
    design = {
        "point": np.arange(points, dtype=np.int32),
        "label": labels,
        "config_hash": [f"{n:064x}" for n in range(points)],
    }
    (folder / "runs.parquet").write_bytes(parquet_bytes(pa.table(columns), 64))
    (folder / "design.parquet").write_bytes(parquet_bytes(pa.table({**design, "policy.flow_down": lever})))
    (folder / "config.yaml").write_text("name: made_up\n")
    manifest = {
        "kind": "sweep",
        "status": "done",
        "name": name,
        "id": folder.name,
        "config_hash": "0123456789ab" * 5,
        "seed": 1,
        "replicates": replicates,
        "choices": {"market": "tiny", "policy": "separate"},
        "params": {"horizon_years": 1.0},
        "code": {"release": "0", "commit": None, "modified": None, "source": "0" * 64},
        "written": "2026-01-01T00:00:00+00:00",
        "runs": {"asked": points * replicates, "done": points * replicates, "failed": 0},
        "points": [
            {"label": label, "levers": {"policy.flow_down": float(value)}, "params": {}, "config_hash": digest}
            for label, value, digest in zip(labels, lever, design["config_hash"], strict=True)
        ],
        "tracking": {"status": "pending", "uri": None},
    }
    (folder / "manifest.json").write_bytes(json_bytes(manifest))
    return folder
