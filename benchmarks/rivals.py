"""The same runs by other means: ``python -m benchmarks.rivals WHICH CORES RUNS RESULT.json``.

Each makes the same runs of the same scenarios. Every run is stamped with its process, when it began and when it
ended, so that the pace is told alike for all: runs a second from the moment on which every worker has made its first
run, which leaves starting out, until the last one ended. Ours writes Parquet besides, as a sweep does.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mesa
from mesa.datacollection import DataCollector

from benchmarks.figures import scenario
from caremarket import agents
from caremarket.agents.records.measures import headline_names
from caremarket.agents.world.result import RunResult
from caremarket.experiments.design.plan import Design, Point, RunSpec
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.local_runner import LocalRunner
from caremarket.runners.execution.ray_runner import RayRunner
from caremarket.runners.execution.runner import Runner
from caremarket.runners.storage.parts import Parts

OURS = "benchmarks.rivals.stamped"
SMALL = ("horizon_years=3", "pathway=two", "market=tiny", "record=yearly")
DURATIONS = (1, 2, 3, 4)


def scenarios() -> list[Scenario]:
    return [scenario(*SMALL, f"policy.duration_years={years}") for years in DURATIONS]


def specs(runs: int) -> list[RunSpec]:
    points = tuple(Point(n, str(n), {}) for n in range(len(DURATIONS)))
    return Design(points, max(1, runs // len(points)), 1).runs()[:runs]


STAMPS = ("process", "began", "ended")
KEPT = (*headline_names(), *STAMPS)
Stamped = Mapping[str, Any]


def stamped(market: Scenario, seed: int) -> RunResult:
    """A run of the market whose summary says who made it and when."""
    began = time.time()
    result = agents.simulate(market, seed)
    stamps = {"process": os.getpid(), "began": began, "ended": time.time()}
    return replace(result, summary={**result.summary, **stamps})


class BatchMarket(mesa.Model):
    """The market as Mesa's batch runner wants it: one step is a whole run, which schedules its own events."""

    def __init__(self, market: Scenario, seed: int) -> None:
        super().__init__(rng=0)
        self._market = market
        self._seed_of_run = seed
        self.summary: dict[str, Any] = {}
        self.datacollector = DataCollector(
            model_reporters={name: lambda m, name=name: m.summary[name] for name in KEPT}
        )

    def step(self) -> None:
        self.summary = dict(stamped(self._market, self._seed_of_run).summary)
        self.running = False
        self.datacollector.collect(self)


def by_mesa(cores: int, asked: Sequence[RunSpec]) -> list[Stamped]:
    from mesa.batchrunner import batch_run

    seeds = sorted({spec.seed for spec in asked})
    return list(
        batch_run(BatchMarket, {"market": scenarios()}, number_processes=cores, rng=seeds, display_progress=False)
    )


_scenarios: list[Scenario] = []


def _outcomes(point: int, replicate: int) -> dict[str, float]:
    """The market as EMA Workbench wants it: numbers in, numbers out."""
    if not _scenarios:
        _scenarios.extend(scenarios())
    seed = Design((Point(0, "", {}),), replicate + 1, 1).seeds()[replicate]
    summary = stamped(_scenarios[point], seed).summary
    return {name: float("nan" if summary[name] is None else summary[name]) for name in KEPT}  # type: ignore[arg-type]


def by_ema(cores: int, asked: Sequence[RunSpec]) -> list[Stamped]:
    from ema_workbench import IntegerParameter, Model, MultiprocessingEvaluator, Sample, ScalarOutcome

    model = Model("market", function=_outcomes)
    last = max(spec.replicate for spec in asked)
    model.uncertainties = [IntegerParameter("point", 0, 3), IntegerParameter("replicate", 0, max(last, 1))]
    model.outcomes = [ScalarOutcome(name) for name in KEPT]
    samples = [Sample(str(spec.run), point=spec.point, replicate=spec.replicate) for spec in asked]
    with MultiprocessingEvaluator(model, n_processes=cores) as evaluator:
        _, outcomes = evaluator.perform_experiments(scenarios=samples)
    return [dict(zip(STAMPS, values, strict=True)) for values in zip(*(outcomes[n] for n in STAMPS), strict=True)]


def _summary(market: Scenario, seed: int) -> Stamped:
    return stamped(market, seed).summary


def by_joblib(cores: int, asked: Sequence[RunSpec]) -> list[Stamped]:
    from joblib import Parallel, delayed

    made = scenarios()
    return list(Parallel(n_jobs=cores)(delayed(_summary)(made[spec.point], spec.seed) for spec in asked))


Way = Callable[[int, Sequence[RunSpec]], list[Stamped]]


def _ours(make: Callable[[int], Runner]) -> Way:
    def run(cores: int, asked: Sequence[RunSpec]) -> list[Stamped]:
        runner = make(cores)
        with TemporaryDirectory(prefix="caremarket-bench-") as folder:
            try:
                runner.start(scenarios())
                parts = Parts(folder)
                names = [batch.part for batch in runner.execute(asked, parts)]
                return [row for name in names for row in parts.read("runs", name, STAMPS).to_pylist()]
            finally:
                runner.close()

    return run


WAYS: dict[str, Way] = {
    "ray": _ours(lambda cores: RayRunner(workers=cores, simulate=OURS)),
    "local": _ours(lambda cores: LocalRunner(workers=cores, simulate=OURS)),
    "mesa": by_mesa,
    "ema": by_ema,
    "joblib": by_joblib,
}


def pace(made: Iterable[Stamped]) -> float:
    """Runs a second from the moment on which every worker has made one, until the last ended."""
    runs = list(made)
    first: dict[int, float] = {}
    for run in runs:
        process = int(run["process"])
        first[process] = min(run["ended"], first.get(process, run["ended"]))
    start, end = max(first.values()), max(run["ended"] for run in runs)
    return sum(run["ended"] > start for run in runs) / max(end - start, 1e-9)


def measured(which: str, cores: int, runs: int) -> dict[str, float]:
    """Runs made, workers that made them, their pace, and runs a second with everything from start to end.

    Raises:
        RuntimeError: it did not make as many runs as it was asked for.
    """
    asked = specs(runs)
    began = time.perf_counter()
    made = WAYS[which](cores, asked)
    seconds = time.perf_counter() - began
    if len(made) != len(asked):
        raise RuntimeError(f"{which} made {len(made)} runs of {len(asked)}")
    workers = len({int(run["process"]) for run in made})
    return {"runs": len(made), "workers": workers, "pace": pace(made), "with_start": len(made) / seconds}


if __name__ == "__main__":
    which, cores, runs, path = sys.argv[1:]
    Path(path).write_text(json.dumps(measured(which, int(cores), int(runs))))
