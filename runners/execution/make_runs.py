"""Making many runs: rounds are sent to the runner, and finished batches go to the folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from caremarket.experiments.design.plan import Design
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.interruption import listen
from caremarket.runners.execution.progress import SweepProgress
from caremarket.runners.execution.replicate_rounds import OneRound, Rounds, missing_runs
from caremarket.runners.execution.runner import Runner
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.sweep_folder import SweepFolder


@dataclass(slots=True)
class RunsMade:
    """Failures, number and timing of the runs that were made.

    Attributes:
        failures: runs that failed.
        runs: number of runs asked for.
        execute: seconds from the first run's start to the last one's end.
        simulate, packing: seconds spent on runs and on their files, summed over workers.
    """

    failures: list[Failure] = field(default_factory=list)
    runs: int = 0
    execute: float = 0.0
    simulate: float = 0.0
    packing: float = 0.0


def make_runs(runner: Runner, start: Callable[[], None], store: SweepFolder, rounds: Rounds, title: str) -> RunsMade:
    """Make every run that the rounds ask for, and store batches as they arrive.

    Args:
        runner: makes the runs.
        start: starts the runner; called if there is anything to run.
        store: folder of the results.
        rounds: the runs to make.
        title: name shown with the progress.

    Raises:
        StorageError: there is no room for results; finished runs are kept.
    """
    work = RunsMade()
    missing = rounds.next_round()
    if not missing:
        return work
    start()
    began = time.monotonic()
    with SweepProgress(len(missing), title) as progress:
        while missing:
            for batch in runner.execute(missing, store.parts):
                rounds.take(store.add(batch), batch.failures)
                work.failures.extend(batch.failures)
                work.simulate += batch.seconds
                work.packing += batch.packing
                progress.add(len(batch.runs), len(batch.failures))
            missing = rounds.next_round()
            progress.expect(len(missing))
    work.runs, work.execute = progress.total, time.monotonic() - began
    return work


def run_points(
    runner: Runner,
    folder: Path,
    parts: str | None,
    design: Design,
    scenarios: Sequence[Scenario],
    title: str,
    rounds: Callable[[SweepFolder, set[int]], Rounds] | None = None,
) -> list[Failure]:
    """Make the runs of a design that are missing in ``folder``, and merge all; returns the failed runs.

    The runner is started if necessary, and not closed.

    Args:
        runner: makes the runs.
        folder: a folder for this design alone.
        parts: location of the parts; None is the folder.
        design: the design.
        scenarios: the scenario of each point.
        title: name shown with the progress.
        rounds: given the folder and the finished runs, returns the rounds; None makes all missing runs in one round.
    """

    def start() -> None:
        runner.start(scenarios)
        listen()  # Ray has installed a signal handler of its own

    store = SweepFolder(folder, parts)
    try:
        done = store.finished()
        asked = OneRound(missing_runs(design, done)) if rounds is None else rounds(store, done)
        work = make_runs(runner, start, store, asked, title)
        store.merge(design)
    finally:
        store.close()
    return work.failures
