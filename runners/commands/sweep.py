"""``caremarket sweep``: a designed experiment over many runs, which can be interrupted and gone on with."""

from __future__ import annotations

import gc
import json
import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hydra.errors import InstantiationException
from hydra.utils import instantiate

from caremarket.experiments import extensions
from caremarket.experiments.analysis.measures import HEADLINES
from caremarket.experiments.analysis.statistics import Estimate, estimate
from caremarket.experiments.configuration import MarketFiles, Request, request_from_config
from caremarket.experiments.design.plan import Design, LeverValue, design_from_config
from caremarket.experiments.design.points import Compose, scenarios_of
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.commands.printed_tables import print_points, print_where
from caremarket.runners.compose.composition import group_choices
from caremarket.runners.execution.interruption import listen, room_needed, stops_cleanly, undisturbed
from caremarket.runners.execution.make_runs import RunsMade, make_runs
from caremarket.runners.execution.replicate_rounds import Rounds, rounds_of
from caremarket.runners.execution.runner import SIMULATE, Runner
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.design_table import described, design_table
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.identity import digest, identifier, run_hash
from caremarket.runners.storage.manifest import OFF, PENDING, scenario_params, shown_config
from caremarket.runners.storage.output_folder import check_writable
from caremarket.runners.storage.provenance import code_version, package_versions, source_digest
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.tracking.base import Store, get_ready, open_store, track, without_password

log = logging.getLogger("caremarket")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyRuns:
    """A checked request for many runs: nothing has been run or written yet."""

    config: Mapping[str, Any]
    request: Request
    runner: Runner
    root: Path
    config_hash: str

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self.root / self.request.name / identifier(self.config_hash)

    @property
    def parts(self) -> str | None:
        """Where the parts of its runs go; None is its own folder."""
        if self.runner.parts is None:
            return None
        return f"{self.runner.parts}/{self.request.name}/{identifier(self.config_hash)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(ManyRuns):
    """A checked request for a sweep."""

    design: Design
    scenarios: tuple[Scenario, ...]
    hashes: tuple[str, ...]


def plan(
    config: Mapping[str, Any],
    lists: Mapping[str, Sequence[LeverValue]],
    fixed: frozenset[str],
    compose: Compose,
    groups: frozenset[str],
) -> Plan:
    """Check everything about a request before anything is run.

    Args:
        config: the composed configuration.
        lists: levers listed on the command line.
        fixed: keys set to one value on the command line.
        compose: composes the same request with other choices of groups.
        groups: names of the configuration groups.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    design = design_from_config(config.get("design"), lists, request.replicates, request.seed)
    clash = sorted(fixed & set(design.lever_names))
    if clash:
        raise ConfigurationError(clash[0], "is varied by this design; leave it out, or list several values")
    if design.stopping is not None and "replicates" in fixed:
        raise ConfigurationError("replicates", "is not used with design.stopping; set design.stopping.max_replicates")
    scenarios = scenarios_of(design, compose, groups, MarketFiles())
    hashes = tuple(run_hash(scenario, request.seed) for scenario in scenarios)
    content: dict[str, Any] = {
        "points": [[p.label, p.levers, h] for p, h in zip(design.points, hashes, strict=True)],
        "replicates": design.replicates,
        "seed": request.seed,
    }
    if design.stopping is not None:
        content["stopping"] = design.stopping.model_dump(mode="json")
    return Plan(**common(config, request, content), design=design, scenarios=scenarios, hashes=hashes)


def common(config: Mapping[str, Any], request: Request, content: Mapping[str, Any]) -> dict[str, Any]:
    """What every request for many runs has, by name: see :class:`ManyRuns`.

    Args:
        config: the composed configuration.
        request: what of it is checked already.
        content: what the request's hash depends on; another model than the market and extensions are added.

    Raises:
        ConfigurationError: the runner is wrong, or nothing can be written where results go.
    """
    root = check_writable(request.output_root)
    runner = runner_from_config(config.get("runner"))
    if runner.simulate != SIMULATE:
        content = {**content, "simulate": runner.simulate}
    content = {**content, **extensions.identity()}
    return {"config": config, "request": request, "runner": runner, "root": root, "config_hash": digest(content)}


def runner_from_config(section: Any) -> Runner:
    """The runner that a ``runner`` section describes.

    Raises:
        ConfigurationError: it describes none, or a wrong one.
    """
    if not isinstance(section, Mapping) or "_target_" not in section:
        raise ConfigurationError("runner", "has no _target_; choose one with runner=ray or runner=local")
    try:
        made: Runner = instantiate(dict(section))
    except InstantiationException as error:
        if isinstance(error.__cause__, ConfigurationError):
            raise error.__cause__ from None
        cause = error.__cause__ or error
        raise ConfigurationError("runner", f"cannot be made: {str(cause).splitlines()[0]}") from None
    return made


class _Tracker:
    """Opens the MLflow store on the side while Ray starts: importing MLflow takes seconds.

    Attributes:
        seconds: time the sweep itself spent on tracking.
        aside: time spent on the side, while Ray started.
        waited: the part of it that the sweep waited for before its first run.
    """

    def __init__(self, request: Request, root: Path) -> None:
        self.seconds = 0.0
        self.aside = 0.0
        self.waited = 0.0
        self._uri = request.tracking.uri
        self._name = request.name
        self._root = root
        self._store: Future[Store] | None = None
        if request.tracking.kind == "mlflow":
            pool = ThreadPoolExecutor(1, thread_name_prefix="mlflow")
            self._store = pool.submit(self._open)
            pool.shutdown(wait=False)

    def _open(self) -> Store:
        began = time.monotonic()
        try:
            store = open_store(self._uri, self._root)
            get_ready(store, self._name)
            return store
        finally:
            self.aside = time.monotonic() - began

    def wait(self) -> None:
        """Wait until the store is open or out of reach, so that this takes nothing from the runs."""
        if self._store is not None:
            began = time.monotonic()
            self._store.exception()
            self.waited = time.monotonic() - began

    def track(self, folder: Path) -> None:
        """Bring the store up to date with the sweep's folder."""
        if self._store is not None:
            began = time.monotonic()
            track(folder, self._uri, self._store.result)
            self.seconds += time.monotonic() - began


def sweep(plan: Plan, quiet: bool = False) -> int:
    """Make the runs that are missing, put results together, track and print them.

    Args:
        plan: a checked request.
        quiet: print no table of results.

    Returns:
        Number of runs that failed.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came; what is finished is kept.
        StorageError: there is no room for results; what is finished is kept.
    """
    with stops_cleanly(), room_needed(plan.folder):
        failures, rounds = _swept(plan)
    if not quiet:
        _report(plan, failures)
        rounds.report()
    return len(failures)


def _swept(plan: Plan) -> tuple[list[Failure], Rounds]:
    began = time.monotonic()
    store: SweepFolder | None = None
    try:
        folder = plan.folder
        tracker = _Tracker(plan.request, plan.root)
        if not complete(folder):
            # Before anything is written: a cluster that does not answer is a wrong request.
            _start(plan)
            tracker.wait()
        store = SweepFolder(folder, plan.parts)
        done = _opened(store, plan)
        rounds = rounds_of(plan.design, store, done)
        if done:
            # How many there will be in the end is not known where replicates are added until means are.
            of = "" if plan.design.stopping is not None else f" of {len(plan.design.points) * plan.design.replicates}"
            log.info("%d%s runs are there already", len(done), of)
        work = make_runs(plan.runner, partial(_ready, plan), store, rounds, plan.request.name)
        failures, during = work.failures, store.seconds
        gc.freeze()  # what was imported is not worth looking through again in what follows
        store.write_failures(failures, plan.design)
        store.put_together(plan.design)
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


def _start(plan: Plan) -> None:
    plan.runner.start(plan.scenarios)
    listen()  # Ray has put a handler of its own in place


def _ready(plan: Plan) -> None:
    if not plan.runner.workers:
        _start(plan)


def _timing(
    runner: Runner, wall: float, work: RunsMade, during: float, after: float, tracker: _Tracker
) -> dict[str, float]:
    """Where a sweep's time went, in seconds, and shares of the time after Ray's start.

    ``storage`` is all the time the command spent on files, ``packing`` what the workers spent on making their
    bytes; ``simulate`` and ``packing`` are sums over workers. ``busy`` is the share of the workers' time in
    which they simulated.
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


def _opened(store: SweepFolder, plan: Plan) -> set[int]:
    """Get the folder ready; returns the runs that are done, unless other code made them."""
    before = store.manifest()
    if before and before.get("code", {}).get("source") != source_digest():
        log.info("the model's code has changed since these results were made: starting over")
        store.start_over()
    # What is put together needs its parts no more: they may be gone, or elsewhere.
    done = store.put_together_runs() if complete(plan.folder) else store.finished()
    store.write("config.yaml", shown_config(plan.config))
    store.write("design.parquet", parquet_bytes(described(design_table(plan.design, plan.hashes), plan.design)))
    store.write_json("manifest.json", _manifest(plan, len(done), 0, "running"))
    return done


def complete(folder: Path) -> bool:
    """Whether a sweep's folder holds all its runs, made by this code."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return False
    return bool(manifest["status"] == "done" and manifest["code"]["source"] == source_digest())


def _manifest(plan: Plan, done: int, failed: int, status: str) -> dict[str, Any]:
    request = plan.request
    uri = request.tracking.uri
    common = _common_params(plan)
    own = [{k: v for k, v in scenario_params(s).items() if k not in common} for s in plan.scenarios]
    return {
        "kind": "sweep",
        "status": "incomplete" if failed else status,
        "name": request.name,
        "id": identifier(plan.config_hash),
        "config_hash": plan.config_hash,
        "seed": request.seed,
        "replicates": plan.design.replicates,
        **({} if plan.design.stopping is None else {"stopping": plan.design.stopping.model_dump(mode="json")}),
        "choices": group_choices(),
        "params": common,
        "code": code_version(),
        **extensions.identity(),
        "packages": package_versions(),
        **({} if plan.parts is None else {"parts": plan.parts}),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": {"asked": _asked(plan.design, done + failed), "done": done, "failed": failed},
        "points": [
            {"label": point.label, "levers": point.levers, "params": params, "config_hash": config_hash}
            for point, params, config_hash in zip(plan.design.points, own, plan.hashes, strict=True)
        ],
        "tracking": {
            "status": OFF if request.tracking.kind == "none" else PENDING,
            "uri": None if uri is None else without_password(uri),
        },
    }


def _asked(design: Design, made: int) -> int:
    """Runs that the request comes to; where replicates are added until means are known, what that has come to."""
    return made if design.stopping is not None else len(design.points) * design.replicates


def _common_params(plan: Plan) -> dict[str, Any]:
    """What all points have in common."""
    found = scenario_params(plan.scenarios[0])
    for scenario in plan.scenarios[1:]:
        other = scenario_params(scenario)
        found = {k: v for k, v in found.items() if other.get(k) == v}
    return found


def _report(plan: Plan, failures: Sequence[Failure]) -> None:
    path = plan.folder / "runs.parquet"
    if path.exists():
        count = f"{'' if plan.design.stopping is None else 'up to '}{plan.design.replicates} replicates"
        title = f"{plan.request.name}: mean of {count} ± half the 95% interval"
        print_points(title, _estimates(path, plan.design))
    question = f"SELECT label, avg(hhi_delivered) FROM '{path}' GROUP BY label"
    print_where(plan.folder, question, plan.request.output_root)
    if failures:
        log.error("%d runs failed; the same command tries them again:", len(failures))
        for failure in sorted(failures, key=lambda f: f.spec.run)[:10]:
            spec = failure.spec
            where = f"{plan.design.points[spec.point].label}, replicate {spec.replicate}, seed {spec.seed}"
            log.error("  %s: %s", where, failure.reason)
        if len(failures) > 10:
            log.error("  ... all are in %s", plan.folder / "failures.parquet")


def _estimates(path: Path, design: Design) -> list[tuple[str, dict[str, Estimate]]]:
    names = [name for name in HEADLINES if name in pq.read_schema(path).names]
    table = pq.read_table(path, columns=["point", *names]).to_pydict()
    rows: dict[int, list[int]] = {}
    for row, point in enumerate(table["point"]):
        rows.setdefault(point, []).append(row)
    found = []
    for point in design.points:
        mine = rows.get(point.index, [])
        estimates = {name: estimate(table[name][row] for row in mine) for name in names}
        found.append((point.label, {k: v for k, v in estimates.items() if v is not None}))
    return found
