"""A sweep's folder with figures that are known, without a market."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from caremarket.experiments.analysis.results import SweepResults, read_sweep

Point = tuple[str, Mapping[str, Any]]
Measured = Callable[[Mapping[str, Any], int], Mapping[str, float | None]]
MadeSweep = Callable[..., SweepResults]


def write_sweep(
    folder: Path,
    points: Sequence[Point],
    replicates: int,
    measured: Measured,
    arms: Mapping[str, Any] | None = None,
    root_seed: int = 1,
) -> None:
    """A finished sweep whose run of a point and a replicate measured what ``measured`` says."""
    folder.mkdir(parents=True)
    rows = []
    for point, (label, levers) in enumerate(points):
        for replicate in range(replicates):
            run = point * replicates + replicate
            identity = {"run": run, "point": point, "replicate": replicate, "seed": 1000 * root_seed + replicate}
            rows.append({**identity, "label": label, **levers, **measured(levers, replicate)})
    table = pa.Table.from_pylist(rows)
    pq.write_table(table, folder / "runs.parquet")
    manifest = {
        "kind": "sweep",
        "status": "done",
        "name": folder.parent.name,
        "id": folder.name,
        "seed": root_seed,
        "replicates": replicates,
        "choices": {"market": "none"},
        "params": {"horizon_years": 10.0},
        "code": {"release": "0", "commit": None, "modified": None},
        "written": "2013-04-01T00:00:00+00:00",
        "runs": {"asked": len(rows), "done": len(rows), "failed": 0},
        "points": [{"label": label, "levers": levers, "params": {}} for label, levers in points],
        "tracking": {"status": "off"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "config.yaml").write_text(yaml.safe_dump({"design": {"arms": dict(arms or {})}}))


@pytest.fixture
def sweep_of(tmp_path: Path) -> MadeSweep:
    """Writes a sweep of points, replicates and what was measured, and reads it."""

    def make(points: Sequence[Point], replicates: int, measured: Measured, **others: Any) -> SweepResults:
        folder = tmp_path / "outputs" / str(others.pop("name", "made_up")) / str(others.pop("id", "0123456789ab"))
        write_sweep(folder, points, replicates, measured, **others)
        return read_sweep(folder)

    return make


def luck(replicate: int) -> float:
    """What chance does to a replicate, whatever the policy: the larger part of what is measured."""
    return float(np.random.default_rng(replicate).normal(0.0, 10.0))
