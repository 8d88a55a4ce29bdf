"""Carrying out a policy search: trials, generation by generation.

A trial is a design point of its own, run with the same seeds as every other trial (common random numbers). The trials
of a generation are run together by the runner, and stored like a sweep's in ``generations/``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.experiments.design.plan import Design, Point
from caremarket.experiments.report.figures.headlines import png
from caremarket.experiments.report.figures.search_front import front_figure
from caremarket.experiments.search.study import Levers, Outcome, search
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.compose.composition import group_choices
from caremarket.runners.execution.interruption import room_needed, stops_cleanly, undisturbed
from caremarket.runners.execution.make_runs import run_points
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.manifest import new_manifest, scenario_params, shown_config
from caremarket.runners.storage.sweep_folder import SweepFolder
from caremarket.runners.studies.many_runs import start_over_if_code_changed, track_if_asked
from caremarket.runners.studies.search_request import SearchPlan
from caremarket.runners.studies.trials_table import trials_table

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

JOURNAL, GENERATIONS = "search.journal", "generations"


def run_search(plan: SearchPlan) -> tuple[pa.Table, list[Failure]]:
    """Make the trials that are missing and track all; returns the table of trials, and the runs that failed.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM arrived; finished runs are kept.
        StorageError: there is no room for results; finished runs are kept.
    """
    with stops_cleanly(), room_needed(plan.folder):
        return _carried_out(plan)


def search_title(plan: SearchPlan) -> str:
    """Name, numbers of trials and replicates, and sampler, for headings."""
    spec = plan.spec
    return f"{plan.request.name}: {spec.trials} trials × {plan.request.replicates} replicates, {spec.sampler}"


class _GenerationRunner:
    """Runs the trials of a generation, keeping their runs in a folder of the generation's own.

    Attributes:
        failures: runs that failed, over all generations.
    """

    def __init__(self, plan: SearchPlan) -> None:
        self._plan = plan
        self.failures: list[Failure] = []

    def __call__(self, generation: int, trials: Sequence[Levers]) -> list[Outcome]:
        """The outcome of each trial of a generation."""
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
        """Means of the measures of each point, and why it failed, if it did."""
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


def _carried_out(plan: SearchPlan) -> tuple[pa.Table, list[Failure]]:
    store = SweepFolder(plan.folder, plan.parts)
    try:
        start_over_if_code_changed(store)
        store.write("config.yaml", shown_config(plan.config))
        store.write_json("manifest.json", _manifest(plan, (), "running"))
        evaluate = _GenerationRunner(plan)
        trials = search(plan.spec, plan.request.seed, plan.folder / JOURNAL, evaluate)
        table = trials_table(plan.spec, trials)
        store.write("trials.parquet", parquet_bytes(table))
        store.write("pareto.parquet", parquet_bytes(table.filter(table.column("best"))))
        store.write("pareto.png", png(front_figure(search_title(plan), table, list(plan.spec.objectives))))
        store.write_json("manifest.json", _manifest(plan, trials, "done"))
    finally:
        with undisturbed():
            plan.runner.close()
            store.close()
    track_if_asked(plan)
    return table, evaluate.failures


def _manifest(plan: SearchPlan, trials: Sequence[FrozenTrial], status: str) -> dict[str, Any]:
    content = {
        "replicates": plan.request.replicates,
        "params": scenario_params(plan.base),
        "search": plan.spec.model_dump(mode="json"),
        "trials": {"asked": plan.spec.trials, "done": len(trials)},
    }
    return new_manifest(
        plan.request,
        kind="search",
        status=status,
        config_hash=plan.config_hash,
        choices=group_choices(),
        content=content,
    )
