"""Ten thousand runs of the smallest market: they complete, and the driver's memory does not grow with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from benchmarks.figures import ROOT, Figure

PART = "A sweep of ten thousand runs"
MEMORY_BAR = 1.2
SMALLEST = ("horizon_years=1", "pathway=two", "market=tiny")
POINTS = "policy.duration_years=1,2,3,4,5,6,7,8,9,10"
POINT_COUNT = 10


def sweep(runs: int, *overrides: str) -> dict[str, Any]:
    """A sweep of ``runs`` runs over Ray with MLflow: time, the driver's peak memory, and runs in its table.

    Raises:
        RuntimeError: it failed.
    """
    with TemporaryDirectory(prefix="caremarket-bench-") as folder:
        report = Path(folder) / "report.json"
        root = Path(folder) / "outputs"
        asked = [POINTS, f"replicates={runs // POINT_COUNT}", *SMALLEST, *overrides, f"output_root={root}"]
        command = [sys.executable, "-m", "benchmarks.one_sweep", str(report), *asked]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode or not report.exists():
            raise RuntimeError(f"{' '.join(command)} left with {done.returncode}: {done.stderr.strip()[-2000:]}")
        found: dict[str, Any] = json.loads(report.read_text())
        if found["status"]:
            raise RuntimeError(f"{' '.join(command)} answered {found['status']}: {done.stderr.strip()[-2000:]}")
        (table,) = root.glob("*/*/runs.parquet")
        found["runs"] = pq.read_metadata(table).num_rows
        found["timing"] = json.loads((table.parent / "timing.json").read_text())
    return found


def measure(few: int = 1_000, many: int = 10_000, overrides: tuple[str, ...] = ()) -> dict[str, Any]:
    """A sweep of few runs and one of many, one after the other."""
    return {"few": sweep(few, *overrides), "many": sweep(many, *overrides)}


def figures(measured: dict[str, Any]) -> list[Figure]:
    few, many = measured["few"], measured["many"]
    ratio = many["peak_bytes"] / few["peak_bytes"]
    timing = many["timing"]
    return [
        Figure(PART, "runs completed", many["runs"], "", timing["runs"], "at least"),
        Figure(PART, "runs a second", timing["runs"] / timing["execute"], "/s"),
        Figure(PART, "driver's peak memory", many["peak_bytes"] / 2**20, "MB"),
        Figure(PART, f"the same, of {few['runs']:,} runs", few["peak_bytes"] / 2**20, "MB"),
        Figure(PART, "memory of many over few", ratio, "", MEMORY_BAR, "at most"),
    ]
