"""Rounds of a sweep: all runs in one, or, with ``design.stopping``, as many as it takes until means are known."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Protocol

import pyarrow as pa

from experiments.design import DESCRIPTION, Design, RunSpec
from experiments.stopping import Rounds as Sequential
from runners.execution import Failure
from runners.parts import RUNS
from runners.storage import parquet_bytes
from runners.sweep_store import SweepStore, missing_runs

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


class UntilKnown:
    """Rounds until every point has reached its targets: see :mod:`experiments.stopping`."""

    def __init__(self, design: Design, store: SweepStore) -> None:
        assert design.stopping is not None
        self._design = design
        self._spec = design.stopping
        self._names = list(design.stopping.measures)
        self._parts = store.parts
        self._rounds = Sequential(design)
        for table in store.measures(self._names):
            self._add(table)

    def next_round(self) -> list[RunSpec]:
        """The runs that the next decisions need."""
        return self._rounds.next_round()

    def take(self, part: str, failures: Iterable[Failure]) -> None:
        """Keep the measures that decide, read from where the worker has put them, and which runs failed."""
        if part:
            self._add(self._parts.read(RUNS, part, ["point", "replicate", *self._names]))
        for failure in failures:
            self._rounds.fail(failure.spec.point, failure.spec.replicate)

    def _add(self, table: pa.Table) -> None:
        columns = table.to_pydict()
        values = zip(*(columns[name] for name in self._names), strict=True)
        for point, replicate, measured in zip(columns["point"], columns["replicate"], values, strict=True):
            self._rounds.add(point, replicate, measured)

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
