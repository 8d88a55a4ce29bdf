"""Rounds of a sweep: all runs in one, or, with ``design.stopping``, as many as it takes until means are known."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from caremarket.experiments.design.plan import DESCRIPTION, Design, RunSpec
from caremarket.experiments.evidence.stopping import Looks
from caremarket.experiments.evidence.stopping import Rounds as Sequential
from caremarket.market.scenario import Scenario
from caremarket.runners.console import SweepProgress
from caremarket.runners.execution.interruption import listen
from caremarket.runners.execution.parts import RUNS
from caremarket.runners.execution.run_task import Failure, Runner
from caremarket.runners.execution.sweep_store import SweepStore, missing_runs
from caremarket.runners.storage.files import parquet_bytes

log = logging.getLogger("caremarket")


class Rounds(Protocol):
    """Which runs to make next."""

    def next_round(self) -> list[RunSpec]:
        """The runs of the next round in order; empty when there is nothing more to run."""

    def take(self, part: str, failures: Iterable[Failure]) -> None:
        """Take in a batch of the round, in any order: the part that holds its runs, and those that failed."""

    def write(self, store: SweepStore) -> None:
        """Write what there is to say about the rounds, once they are over."""

    def report(self) -> None:
        """Say on the log how the rounds ended."""


def rounds_of(design: Design, store: SweepStore, done: set[int]) -> Rounds:
    """The rounds that are left of a sweep whose runs ``done`` stand in ``store``."""
    if design.stopping is None:
        return OneRound(missing_runs(design, done))
    return UntilKnown(design, store)


class OneRound:
    """Every missing run of a fixed number of replicates."""

    def __init__(self, missing: list[RunSpec]) -> None:
        self._missing = missing

    def next_round(self) -> list[RunSpec]:
        """All that is missing, then nothing."""
        now, self._missing = self._missing, []
        return now

    def take(self, part: str, failures: Iterable[Failure]) -> None:
        """Nothing hangs on it."""

    def write(self, store: SweepStore) -> None:
        """Nothing to say."""

    def report(self) -> None:
        """Nothing to say."""


class FromParts:
    """Rounds that hang on measures of the runs made so far, which are read from where workers have put them."""

    def __init__(self, looks: Looks, names: Sequence[str], store: SweepStore) -> None:
        self._looks = looks
        self._names = list(names)
        self._parts = store.parts
        for table in store.measures(self._names):
            self._add(table)

    def next_round(self) -> list[RunSpec]:
        """The runs that the next decisions need."""
        return self._looks.next_round()

    def take(self, part: str, failures: Iterable[Failure]) -> None:
        """Keep the measures that decide, read from where the worker has put them, and which runs failed."""
        if part:
            self._add(self._parts.read(RUNS, part, ["point", "replicate", *self._names]))
        for failure in failures:
            self._looks.fail(failure.spec.point, failure.spec.replicate)

    def _add(self, table: pa.Table) -> None:
        columns = table.to_pydict()
        values = zip(*(columns[name] for name in self._names), strict=True)
        for point, replicate, measured in zip(columns["point"], columns["replicate"], values, strict=True):
            self._looks.add(point, replicate, measured)

    def write(self, store: SweepStore) -> None:
        """Nothing to say."""

    def report(self) -> None:
        """Nothing to say."""


class UntilKnown(FromParts):
    """Rounds until every point has reached its targets: see :mod:`caremarket.experiments.evidence.stopping`."""

    def __init__(self, design: Design, store: SweepStore) -> None:
        assert design.stopping is not None
        self._design = design
        self._spec = design.stopping
        self._rounds = Sequential(design)
        super().__init__(self._rounds, list(design.stopping.measures), store)

    def write(self, store: SweepStore) -> None:
        """Write ``stopping.parquet``: a row a point and measure that was decided on."""
        rows = [
            {
                "point": ended.point,
                "label": self._design.points[ended.point].label,
                "measure": measure,
                "replicates": ended.replicates,
                "mean": None if found is None else found.mean,
                "half_width": None if found is None else found.half_width,
                "target": target,
                "reached": bool(found and found.half_width is not None and found.half_width <= target),
            }
            for _, ended in sorted(self._rounds.ended.items())
            for (measure, target), found in zip(self._spec.measures.items(), ended.found, strict=True)
        ]
        store.write("stopping.parquet", parquet_bytes(pa.Table.from_pylist(rows, STOPPING)))

    def report(self) -> None:
        """How many points reached their targets, and how many replicates that took."""
        ended = self._rounds.ended.values()
        if not ended:
            return
        counts = [one.replicates for one in ended]
        log.info(
            "%d of %d points reached their targets, with %d to %d replicates; all are in stopping.parquet",
            sum(one.reached for one in ended),
            len(counts),
            min(counts),
            max(counts),
        )


@dataclass(slots=True)
class RunsMade:
    """What making runs came to.

    Attributes:
        failures: runs that failed.
        runs: how many were asked for.
        execute: seconds from the first run's start to the last one's end.
        simulate, packing: seconds spent on runs and on their files, summed over workers.
    """

    failures: list[Failure] = field(default_factory=list)
    runs: int = 0
    execute: float = 0.0
    simulate: float = 0.0
    packing: float = 0.0


def make_runs(runner: Runner, start: Callable[[], None], store: SweepStore, rounds: Rounds, title: str) -> RunsMade:
    """Make every run that the rounds ask for, storing batches as they come.

    Args:
        runner: makes them.
        start: gets it ready, if there is anything to run.
        store: where they go.
        rounds: which they are.
        title: what is being run, for a person.

    Raises:
        StorageError: there is no room for results; what is finished is kept.
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
    rounds: Callable[[SweepStore, set[int]], Rounds] | None = None,
) -> list[Failure]:
    """Make the runs of a design that are missing in ``folder``, and put them together; returns those that failed.

    The runner is started if need be, and goes on running.

    Args:
        runner: makes the runs.
        folder: of this design alone.
        parts: where parts go; None is the folder.
        design: the design.
        scenarios: of each point.
        title: what is being run, for a person.
        rounds: given the store and the runs that are done, says which to make; left out, all that are missing.
    """

    def start() -> None:
        runner.start(scenarios)
        listen()  # Ray has put a handler of its own in place

    store = SweepStore(folder, parts)
    try:
        done = store.finished()
        asked = OneRound(missing_runs(design, done)) if rounds is None else rounds(store, done)
        work = make_runs(runner, start, store, asked, title)
        store.put_together(design)
    finally:
        store.close()
    return work.failures


_COLUMNS: dict[str, pa.DataType] = {
    "point": pa.int32(),
    "label": pa.string(),
    "measure": pa.string(),
    "replicates": pa.int32(),
    "mean": pa.float64(),
    "half_width": pa.float64(),
    "target": pa.float64(),
    "reached": pa.bool_(),
}
STOPPING = pa.schema(_COLUMNS)
"""``stopping.parquet``; with ``against``, ``mean`` is that of the paired differences."""


def described(table: pa.Table, design: Design) -> pa.Table:
    """The table of a design's points with what was crossed and drawn in its metadata."""
    return table.replace_schema_metadata({DESCRIPTION: json.dumps(design.description(), sort_keys=True)})
