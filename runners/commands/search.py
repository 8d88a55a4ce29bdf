"""``caremarket search``: policies that make chosen measures as good as they can be.

A trial is a design point of its own, run with the same seeds as every other trial (common random numbers). The trials
of a generation are run together by the runner, and kept like a sweep's in ``generations/``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from rich.table import Table

from caremarket.experiments.analysis.measures import formatted, readable
from caremarket.experiments.analysis.search import (
    MEANS,
    REASON,
    Levers,
    Outcome,
    SearchSpec,
    best_trials,
    search,
    search_from_config,
)
from caremarket.experiments.configuration import MarketFiles, request_from_config, scenario_from_config
from caremarket.experiments.design.plan import Design, LeverValue, Point, shown
from caremarket.experiments.design.points import Bases, Compose
from caremarket.experiments.report.front import front_figure
from caremarket.experiments.report.overview import png
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.commands.sweep import ManyRuns, common
from caremarket.runners.compose.composition import group_choices
from caremarket.runners.console import out
from caremarket.runners.execution.interruption import room_needed, stops_cleanly, undisturbed
from caremarket.runners.execution.make_runs import run_points
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.design_table import lever_columns
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.identity import identifier, run_hash
from caremarket.runners.storage.manifest import OFF, PENDING, scenario_params, shown_config
from caremarket.runners.storage.provenance import code_version, package_versions, source_digest
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.tracking.base import open_store, track, without_password

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

log = logging.getLogger("caremarket")
JOURNAL, GENERATIONS = "search.journal", "generations"
SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(ManyRuns):
    """A checked request for a search."""

    spec: SearchSpec
    base: Scenario
    build: Callable[[Levers], Scenario]


def plan(config: Mapping[str, Any], compose: Compose, groups: frozenset[str]) -> Plan:
    """Check everything about a request before anything is run.

    Args:
        config: the composed configuration.
        compose: composes the same request with other choices of groups.
        groups: names of the configuration groups.

    Raises:
        ConfigurationError: the request is wrong.
    """
    request = request_from_config(config)
    spec = search_from_config(config.get("search"))
    files = MarketFiles()
    base = scenario_from_config(config, files)

    build = Bases(compose, groups, files).scenario
    _check_levers(spec, build)
    content = {
        "search": spec.model_dump(mode="json"),
        "base": run_hash(base, request.seed),
        "replicates": request.replicates,
        "seed": request.seed,
    }
    return Plan(**common(config, request, content), spec=spec, base=base, build=build)


def _check_levers(spec: SearchSpec, build: Callable[[Levers], Scenario]) -> None:
    """Try the ends of each range, and the choices of each list, by themselves.

    A choice may be impossible with the policy as it is and possible with another, so one that works is enough.
    """
    for key, lever in spec.levers.items():
        if not lever.choices:
            for value in (lever.low, lever.high):
                assert value is not None
                build({key: int(value) if lever.integer else value})
            continue
        problems = []
        for choice in lever.choices:
            try:
                build({key: choice})
            except ConfigurationError as error:
                problems.append(error)
        if len(problems) == len(lever.choices):
            raise problems[0]


class _Trials:
    """Runs the trials of a generation, keeping their runs in a folder of the generation's own.

    Attributes:
        failures: runs that raised, over all generations.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.failures: list[Failure] = []

    def __call__(self, generation: int, trials: Sequence[Levers]) -> list[Outcome]:
        plan = self._plan
        first = generation * plan.spec.generation
        outcomes: list[Outcome | None] = [None] * len(trials)
        points: list[Point] = []
        scenarios: list[Scenario] = []
        for number, levers in enumerate(trials):
            try:
                scenarios.append(plan.build(levers))
            except ConfigurationError as error:
                outcomes[number] = Outcome({}, f"{error.key}: {error.message}")
            else:
                points.append(Point(len(points), f"trial={first + number}", levers))
        design = Design(tuple(points), plan.request.replicates, plan.request.seed)
        folder = plan.folder / GENERATIONS / f"{generation:05d}"
        title = f"{plan.request.name}, trials {first} to {first + len(trials) - 1}"
        parts = None if plan.parts is None else f"{plan.parts}/{GENERATIONS}/{generation:05d}"
        failures = run_points(plan.runner, folder, parts, design, scenarios, title) if points else []
        self.failures += failures
        found = iter(self._outcomes(folder, design, failures))
        return [next(found) if outcome is None else outcome for outcome in outcomes]

    def _outcomes(self, folder: Path, design: Design, failures: Sequence[Failure]) -> list[Outcome]:
        failed = {failure.spec.point: failure.reason for failure in failures}
        means: dict[int, dict[str, float]] = {}
        path = folder / "runs.parquet"
        if path.exists() and design.points:
            measures = list(self._plan.spec.measures)
            table = pq.read_table(path, columns=["point", *measures]).group_by("point", use_threads=False)
            for row in table.aggregate([(name, "mean") for name in measures]).to_pylist():
                present = {m: row[f"{m}_mean"] for m in measures if row[f"{m}_mean"] is not None}
                means[row["point"]] = present
        return [Outcome(means.get(p.index, {}), failed.get(p.index, "")) for p in design.points]


def run_search(plan: Plan) -> int:
    """Make the trials that are missing, track and print what was found; returns the number of runs that failed.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came; what is finished is kept.
        StorageError: there is no room for results; what is finished is kept.
    """
    with stops_cleanly(), room_needed(plan.folder):
        table, best, failures = _searched(plan)
    _report(plan, table, best)
    for failure in failures[:10]:
        log.error("a run failed, and its trial with it: seed %d: %s", failure.spec.seed, failure.reason)
    return len(failures)


def _searched(plan: Plan) -> tuple[pa.Table, pa.Table, list[Failure]]:
    """All trials, the best of them, and the runs that failed."""
    store = SweepFolder(plan.folder, plan.parts)
    try:
        before = store.manifest()
        if before and before.get("code", {}).get("source") != source_digest():
            log.info("the model's code has changed since these results were made: starting over")
            store.start_over()
        store.write("config.yaml", shown_config(plan.config))
        store.write_json("manifest.json", _manifest(plan, (), "running"))
        evaluate = _Trials(plan)
        trials = search(plan.spec, plan.request.seed, plan.folder / JOURNAL, evaluate)
        table = trials_table(plan.spec, trials)
        best = table.filter(table.column("best"))
        objectives = list(plan.spec.objectives)
        store.write("trials.parquet", parquet_bytes(table))
        store.write("pareto.parquet", parquet_bytes(best))
        store.write("pareto.png", png(front_figure(_title(plan), table, objectives)))
        store.write_json("manifest.json", _manifest(plan, trials, "done"))
    finally:
        with undisturbed():
            plan.runner.close()
            store.close()
    if plan.request.tracking.kind == "mlflow":
        uri = plan.request.tracking.uri
        track(plan.folder, uri, partial(open_store, uri, plan.root))
    return table, best, evaluate.failures


def trials_table(spec: SearchSpec, trials: Sequence[FrozenTrial]) -> pa.Table:
    """A row a trial: trial, generation, feasible, best, reason (of a failure), a column a lever, a column a measure.

    ``feasible``: it worked and keeps all limits. ``best``: nothing else that does betters it in every objective.
    """
    best = best_trials(spec, trials)
    points = tuple(Point(t.number, "", dict(t.params)) for t in trials)
    levers = lever_columns(Design(points, 1, 0)).drop_columns(["point", "label"])
    means = [t.user_attrs.get(MEANS, {}) for t in trials]
    reasons = [t.user_attrs.get(REASON, "") for t in trials]
    feasible = [
        not reason and all(v <= 0 for v in spec.excess(mean).values())
        for mean, reason in zip(means, reasons, strict=True)
    ]
    columns: dict[str, Any] = {
        "trial": pa.array([t.number for t in trials], pa.int32()),
        "generation": pa.array([t.number // spec.generation for t in trials], pa.int32()),
        "feasible": pa.array(feasible, pa.bool_()),
        "best": pa.array([t.number in best for t in trials], pa.bool_()),
        "reason": pa.array(reasons, pa.string()),
    }
    columns |= {name: levers.column(name) for name in levers.column_names}
    columns |= {name: pa.array([mean.get(name) for mean in means], pa.float64()) for name in spec.measures}
    return pa.table(columns)


def _manifest(plan: Plan, trials: Sequence[FrozenTrial], status: str) -> dict[str, Any]:
    request = plan.request
    uri = request.tracking.uri
    return {
        "kind": "search",
        "status": status,
        "name": request.name,
        "id": identifier(plan.config_hash),
        "config_hash": plan.config_hash,
        "seed": request.seed,
        "replicates": request.replicates,
        "choices": group_choices(),
        "params": scenario_params(plan.base),
        "search": plan.spec.model_dump(mode="json"),
        "code": code_version(),
        "packages": package_versions(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "trials": {"asked": plan.spec.trials, "done": len(trials)},
        "tracking": {
            "status": OFF if request.tracking.kind == "none" else PENDING,
            "uri": None if uri is None else without_password(uri),
        },
    }


def _short(value: LeverValue) -> str:
    return f"{value:.3g}" if isinstance(value, float) else shown(value)


def _title(plan: Plan) -> str:
    spec = plan.spec
    return f"{plan.request.name}: {spec.trials} trials × {plan.request.replicates} replicates, {spec.sampler}"


def _report(plan: Plan, table: pa.Table, best: pa.Table) -> None:
    levers = list(plan.spec.levers)
    measures = list(dict.fromkeys([*plan.spec.objectives, *plan.spec.constraints]))
    first = next(iter(plan.spec.objectives))
    order: Literal["ascending", "descending"]
    order = "ascending" if plan.spec.objectives[first] == "minimize" else "descending"
    rows = best.sort_by([(first, order), ("trial", "ascending")]).to_pylist() if best.num_rows else []
    view = Table(title=f"{_title(plan)}: what nothing tried betters", title_justify="left", header_style="bold")
    view.add_column("trial", justify="right")
    for name in measures:
        view.add_column(readable(name), justify="right", min_width=8)
    view.add_column("levers", overflow="fold")
    for row in rows[:SHOWN]:
        view.add_row(
            str(row["trial"]),
            *(formatted(m, row[m]) for m in measures),
            ", ".join(f"{key.rpartition('.')[2]}={_short(row[key])}" for key in levers),
        )
    console = out()
    console.print(view)
    failed = sum(1 for reason in table.column("reason").to_pylist() if reason)
    lines = [f"... and {len(rows) - SHOWN} more"] if len(rows) > SHOWN else []
    if failed:
        lines.append(f"{failed} of {table.num_rows} trials failed; `reason` in trials.parquet says why")
    lines.append(f"Results: {plan.folder}")
    lines.append(f"Query:   duckdb -c \"SELECT * FROM '{plan.folder / 'pareto.parquet'}'\"")
    console.print("\n".join(lines), soft_wrap=True, markup=False)
