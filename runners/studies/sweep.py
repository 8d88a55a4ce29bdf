"""Carrying out a sweep: missing runs are made, merged with those that exist, and logged in MLflow."""

from __future__ import annotations

import gc
import json
import logging
import time
from pathlib import Path
from typing import Any

from caremarket.runners.compose.composition import group_choices
from caremarket.runners.execution.interruption import listen, room_needed, stops_cleanly, undisturbed
from caremarket.runners.execution.make_runs import RunsMade, make_runs
from caremarket.runners.execution.replicate_rounds import Rounds, rounds_of
from caremarket.runners.execution.runner import Runner
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.design_table import described, design_table
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.manifest import new_manifest, scenario_params, shown_config
from caremarket.runners.storage.provenance import source_digest
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.studies.many_runs import start_over_if_code_changed
from caremarket.runners.studies.sweep_request import SweepPlan
from caremarket.runners.tracking.background import BackgroundTracker

log = logging.getLogger("caremarket")


def run_sweep(plan: SweepPlan) -> tuple[list[Failure], Rounds]:
    """Make the runs that are missing, merge and track all; returns the failed runs, and the rounds that were made.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM arrived; finished runs are kept.
        StorageError: there is no room for results; finished runs are kept.
    """
    with stops_cleanly(), room_needed(plan.folder):
        return _carried_out(plan)


def _carried_out(plan: SweepPlan) -> tuple[list[Failure], Rounds]:
    began = time.monotonic()
    store: SweepFolder | None = None
    try:
        folder = plan.folder
        tracker = BackgroundTracker(plan.request, plan.root)
        if not _complete(folder):
            # Before anything is written: a cluster that does not answer is a wrong request.
            _start(plan)
            tracker.wait()
        store = SweepFolder(folder, plan.parts)
        done = _opened(store, plan)
        rounds = rounds_of(plan.design, store, done)
        if done:
            # With design.stopping the number of runs in the end is not known yet.
            of = "" if plan.design.stopping is not None else f" of {len(plan.design.points) * plan.design.replicates}"
            log.info("%d%s runs are there already", len(done), of)

        def start() -> None:
            if not plan.runner.workers:
                _start(plan)

        work = make_runs(plan.runner, start, store, rounds, plan.request.name)
        failures, during = work.failures, store.seconds
        gc.freeze()  # imported modules need no garbage collection in the steps that follow
        store.write_failures(failures, plan.design)
        store.merge(plan.design)
        rounds.write(store)
        finished = len(done) + work.runs - len(failures)
        store.write_json("manifest.json", _manifest(plan, finished, len(failures), "done"))
        after = store.seconds - during
        tracker.track(folder)
        wall = time.monotonic() - began
        store.write_json("timing.json", _timing(plan.runner, wall, work, during, after, tracker))
    finally:
        gc.unfreeze()
        with undisturbed():
            plan.runner.close()
            if store is not None:
                store.close()
    return failures, rounds


def _start(plan: SweepPlan) -> None:
    plan.runner.start(plan.scenarios)
    listen()  # Ray has installed a signal handler of its own


def _opened(store: SweepFolder, plan: SweepPlan) -> set[int]:
    """Prepare the folder; returns the numbers of the runs that are done, none if other code made them."""
    start_over_if_code_changed(store)
    # Merged tables no longer need their parts, which may be gone or elsewhere.
    done = store.merged_runs() if _complete(plan.folder) else store.finished()
    store.write("config.yaml", shown_config(plan.config))
    store.write("design.parquet", parquet_bytes(described(design_table(plan.design, plan.hashes), plan.design)))
    store.write_json("manifest.json", _manifest(plan, len(done), 0, "running"))
    return done


def _complete(folder: Path) -> bool:
    """True if a sweep's folder holds all its runs, made by this code."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(manifest["status"] == "done" and manifest["code"]["source"] == source_digest())


def _manifest(plan: SweepPlan, done: int, failed: int, status: str) -> dict[str, Any]:
    design = plan.design
    stopping = {} if design.stopping is None else {"stopping": design.stopping.model_dump(mode="json")}
    common = _common_params(plan)
    own = [{k: v for k, v in scenario_params(s).items() if k not in common} for s in plan.scenarios]
    # With design.stopping, the number of runs asked for is the number made so far.
    asked = done + failed if stopping else len(design.points) * design.replicates
    content = {
        "replicates": design.replicates,
        **stopping,
        "params": common,
        **({} if plan.parts is None else {"parts": plan.parts}),
        "runs": {"asked": asked, "done": done, "failed": failed},
        "points": [
            {"label": point.label, "levers": point.levers, "params": params, "config_hash": config_hash}
            for point, params, config_hash in zip(design.points, own, plan.hashes, strict=True)
        ],
    }
    return new_manifest(
        plan.request,
        kind="sweep",
        status="incomplete" if failed else status,
        config_hash=plan.config_hash,
        choices=group_choices(),
        content=content,
    )


def _common_params(plan: SweepPlan) -> dict[str, Any]:
    """Params that are the same at all points."""
    found = scenario_params(plan.scenarios[0])
    for scenario in plan.scenarios[1:]:
        other = scenario_params(scenario)
        found = {k: v for k, v in found.items() if other.get(k) == v}
    return found


def _timing(
    runner: Runner, wall: float, work: RunsMade, during: float, after: float, tracker: BackgroundTracker
) -> dict[str, float]:
    """Time a sweep spent on each activity, in seconds, and shares of the time after the runner's start.

    ``storage`` is all the time the command spent on files, ``packing`` the time workers spent on encoding them;
    ``simulate`` and ``packing`` are sums over workers. ``busy`` is the share of the workers' time in which they
    simulated.
    """
    workers = max(runner.workers, 1)
    total = work.execute + after + tracker.seconds
    seconds = {
        "wall": wall,
        "execute": work.execute,
        "simulate": work.simulate,
        "packing": work.packing,
        "ray_start": runner.start_seconds,
        "workers": runner.workers,
        "runs": work.runs,
        "storage": during + after,
        "tracking": tracker.seconds,
        "tracking_aside": tracker.aside,
        "tracking_waited": tracker.waited,
        "storage_share": (during + after + work.packing / workers) / total,
        "tracking_share": tracker.seconds / total,
        "busy": work.simulate / max(workers * work.execute, 1e-9),
    }
    return {name: round(value, 4) for name, value in seconds.items()}
