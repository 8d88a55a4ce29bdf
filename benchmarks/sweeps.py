"""A sweep of many small runs over Ray: parallel efficiency, overheads, and its pace beside that of others."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figures import ROOT, Figure

PART = "A sweep of small runs over Ray, with MLflow"
EFFICIENCY_BAR = 0.95
MESA_BAR = 2.0
OVERHEAD_BAR = 0.05
SMALL = ("horizon_years=3", "pathway=two", "market=tiny")
"""The smallest market in which everybody has somebody to deal with: about 50 ms a run."""
POINTS = "policy.duration_years=1,2,3,4"
POINT_COUNT = 4


def sweep(*overrides: str) -> dict[str, float]:
    """``caremarket sweep <overrides>`` in a fresh process; returns what it says about its time.

    Raises:
        RuntimeError: the sweep failed.
    """
    with TemporaryDirectory(prefix="caremarket-bench-") as folder:
        command = [sys.executable, "-m", "caremarket.runners.cli", "sweep", *overrides, f"output_root={folder}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        timings = list(Path(folder).glob("*/*/timing.json"))
        if done.returncode or len(timings) != 1:
            raise RuntimeError(f"{' '.join(command)} left with {done.returncode}: {done.stderr.strip()[-2000:]}")
        found: dict[str, float] = json.loads(timings[0].read_text())
    return found


RIVALS = {"mesa": "mesa.batch_run", "ema": "EMA Workbench's processes", "joblib": "joblib"}
"""What our Ray runner and our local pool are measured beside, on the same runs."""


def by(way: str, cores: int, runs: int) -> dict[str, float]:
    """The runs made in one way, by a fresh process.

    Raises:
        RuntimeError: it failed.
    """
    with TemporaryDirectory(prefix="caremarket-bench-") as folder:
        path = Path(folder) / "found.json"
        command = [sys.executable, "-m", "benchmarks.rivals", way, str(cores), str(runs), str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} left with {done.returncode}: {done.stderr.strip()[-2000:]}")
        found: dict[str, float] = json.loads(path.read_text())
    return found


def beside(cores: int, runs: int, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Every way by turns, so that other work on the machine meets all of them."""
    turns = [(way, by(way, cores, runs)) for _ in range(rounds) for way in ("ray", "local", *RIVALS)]
    return {way: [found for w, found in turns if w == way] for way in ("ray", "local", *RIVALS)}


def measure(
    runs: int = 400, small: Sequence[str] = SMALL, sample: int | None = None, rounds: int = 3
) -> dict[str, Any]:
    """One worker on a sample, every core on all runs, one worker on the sample again, a process a core without Ray.

    Args:
        runs: runs of the sweep, a multiple of four.
        small: overrides that make a run small.
        sample: runs given to one worker; a quarter of all if None.
        rounds: how often each rival is measured.
    """
    sample = sample or max(POINT_COUNT, runs // 4)

    def made(count: int, *overrides: str) -> dict[str, float]:
        return sweep(POINTS, f"replicates={count // POINT_COUNT}", *small, *overrides)

    alone = ("runner.workers=1", "tracking=none")
    before = made(sample, *alone)
    whole = made(runs)
    after = made(sample, *alone)
    # What the cores give when nothing holds the processes together: other work on the machine slows both alike.
    cores = int(whole["workers"])
    with ThreadPoolExecutor(cores) as pool:
        apart = list(pool.map(lambda _: made(sample, "runner=local", "tracking=none"), range(cores)))
    rivals = beside(cores, max(sample, 4 * cores), rounds)
    return {"one_worker": [before, after], "all_cores": whole, "independent": apart, "rivals": rivals}


def per_run(timing: Mapping[str, float]) -> float:
    return timing["execute"] / timing["runs"]


def overhead(timing: Mapping[str, float]) -> float:
    """Seconds that tracking and storage took from the sweep: waiting for them, and packing results in workers."""
    spent = sum(timing.get(key, 0.0) for key in ("storage", "tracking", "tracking_waited"))
    return spent + timing.get("packing", 0.0) / max(timing["workers"], 1)


def figures(measured: dict[str, Any]) -> list[Figure]:
    whole = measured["all_cores"]
    alone = fmean(per_run(timing) for timing in measured["one_worker"])
    cores = whole["workers"]
    efficiency = alone * whole["runs"] / (cores * whole["execute"])
    busy = whole["simulate"] / (cores * whole["execute"])
    spent = overhead(whole)
    steady = max(whole["wall"] - whole["ray_start"], 1e-9)
    apart = sum(1.0 / per_run(timing) for timing in measured["independent"])
    sample = f"one worker: mean of {len(measured['one_worker'])} samples of {measured['one_worker'][0]['runs']} runs"
    return [
        Figure(PART, "runs", whole["runs"]),
        Figure(PART, "cores", cores),
        Figure(PART, "one worker, time of a run", alone * 1e3, "ms"),
        Figure(PART, "all cores, runs a second", whole["runs"] / whole["execute"], "/s"),
        Figure(PART, "parallel efficiency, without Ray's start", efficiency, "", EFFICIENCY_BAR, "at least", sample),
        Figure(
            PART,
            "throughput over independent processes'",
            1.0 / per_run(whole) / apart,
            note="as many processes as cores at once, without Ray: other work slows both",
        ),
        Figure(PART, "workers' time spent in the model", busy, "", note="of cores x wall, as the workers timed it"),
        Figure(PART, "Ray's start", whole["ray_start"], "s"),
        Figure(PART, "tracking and storage, share of wall", spent / whole["wall"], "", OVERHEAD_BAR, "at most"),
        Figure(PART, "the same, of wall without Ray's start", spent / steady, "", OVERHEAD_BAR, "at most"),
        *rival_figures(measured.get("rivals", {})),
    ]


def rival_figures(found: Mapping[str, Sequence[Mapping[str, float]]]) -> list[Figure]:
    """Our pace over others', by pairs of the same round; with what starting takes, and without."""
    shown = []
    for way, called in RIVALS.items() if found else ():
        for key, when in (("pace", "starting left out"), ("with_start", "with starting")):
            for mine, name in (("ray", "Ray"), ("local", "local pool")):
                ratio = median(a[key] / b[key] for a, b in zip(found[mine], found[way], strict=True))
                bar = MESA_BAR if way == "mesa" and key == "pace" and mine == "ray" else None
                note = f"median of {len(found[way])} rounds, {when}"
                shown.append(Figure(PART, f"{name} over {called}, runs a second", ratio, "", bar, "at least", note))
    return shown
