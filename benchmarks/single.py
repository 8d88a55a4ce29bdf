"""One local run and one of England, each in a process of its own: time, events, memory, time per event."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.figures import ROOT, Figure

PART = "One run, 10 years unless quick, `caremarket run` with files and MLflow"
SECONDS_BAR = 90.0
MEMORY_BAR = 2.0
PER_EVENT_BAR = 1.5


def run(*overrides: str) -> dict[str, Any]:
    """``caremarket run <overrides>`` in a fresh process.

    Raises:
        RuntimeError: the run failed.
    """
    with TemporaryDirectory(prefix="caremarket-bench-") as folder:
        answer = Path(folder) / "answer.json"
        command = [sys.executable, "-m", "benchmarks.one_run", str(answer), *overrides, f"output_root={folder}/outputs"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode or not answer.exists():
            raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
        found: dict[str, Any] = json.loads(answer.read_text())
    if found["status"]:
        raise RuntimeError(f"caremarket run {' '.join(overrides)} left with {found['status']}: {done.stderr.strip()}")
    found["microseconds_per_event"] = found["simulate_cpu_seconds"] / found["events"] * 1e6
    return found


def measure(ods: Path | None, local: Sequence[str] = (), england: Sequence[str] = ()) -> dict[str, Any]:
    """Local, England, local; without registers only the first.

    Args:
        ods: folder of the ODS registers, None if there is none.
        local, england: further overrides of either.
    """
    if ods is None:
        return {"local": [run("seed=1", *local)], "england": None}
    overrides = ("scenario=england", f"market.ods_dir={ods}", "seed=1", *england)
    first = run("seed=1", *local)
    nation = run(*overrides)
    return {"local": [first, run("seed=1", *local)], "england": nation}


def figures(measured: dict[str, Any], missing: str = "") -> list[Figure]:
    local, england = measured["local"], measured["england"]

    def mean(key: str) -> float:
        return fmean(found[key] for found in local)

    per_event = mean("microseconds_per_event")
    found = [
        Figure(PART, "local: whole command", mean("seconds"), "s"),
        Figure(PART, "local: simulation", mean("simulate_seconds"), "s"),
        Figure(PART, "local: events", mean("events")),
        Figure(PART, "local: peak memory", mean("peak_bytes") / 2**30, "GiB"),
        Figure(PART, "local: CPU time per event", per_event, "µs"),
    ]
    if england is None:
        names = ("whole command", "simulation", "events", "peak memory", "CPU time per event")
        nothing = [Figure(PART, f"England: {name}", None, note=missing) for name in names]
        return [
            *found,
            *nothing,
            Figure(PART, "time per event, England over local", None, "", PER_EVENT_BAR, "at most", missing),
        ]
    ratio = england["microseconds_per_event"] / per_event
    return [
        *found,
        Figure(PART, "England: whole command", england["seconds"], "s", SECONDS_BAR, "at most"),
        Figure(PART, "England: simulation", england["simulate_seconds"], "s"),
        Figure(PART, "England: events", england["events"]),
        Figure(PART, "England: peak memory", england["peak_bytes"] / 2**30, "GiB", MEMORY_BAR, "at most"),
        Figure(PART, "England: CPU time per event", england["microseconds_per_event"], "µs"),
        Figure(
            PART,
            "time per event, England over local",
            ratio,
            "",
            PER_EVENT_BAR,
            "at most",
            "CPU time; local before and after, mean",
        ),
    ]
