"""Rounds of a sweep: all runs in one, or, with ``design.stopping``, as many as it takes until means are known."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.design import DESCRIPTION, Design, RunSpec
from experiments.stopping import Rounds as Sequential
from experiments.stopping import Values
from runners.execution import RUNS, Batch
from runners.storage import parquet_bytes
from runners.sweep_store import SweepStore, missing_runs

log = logging.getLogger("caremarket")


class Rounds(Protocol):
    """Which runs to make next."""

    def next_round(self) -> list[RunSpec]:
        """The runs of the next round in order; empty when there is nothing more to run."""

    def take(self, batch: Batch) -> None:
        """Take in a batch of the round, in any order."""

    def write(self, store: SweepStore) -> None:
        """Write what there is to say about the rounds, once they are over."""

    def report(self) -> None:
        """Say on the log how the rounds ended."""


def rounds_of(design: Design, folder: Path, done: set[int]) -> Rounds:
    """The rounds that are left of a sweep whose runs ``done`` stand as parts in ``folder``."""
    if design.stopping is None:
        return OneRound(missing_runs(design, done))
    return UntilKnown(design, sorted((folder / RUNS).glob("part-*.parquet")))


class OneRound:
    """Every missing run of a fixed number of replicates."""

    def __init__(self, missing: list[RunSpec]) -> None:
        self._missing = missing

    def next_round(self) -> list[RunSpec]:
        """All that is missing, then nothing."""
        now, self._missing = self._missing, []
        return now

    def take(self, batch: Batch) -> None:
        """Nothing hangs on it."""

    def write(self, store: SweepStore) -> None:
        """Nothing to say."""

    def report(self) -> None:
        """Nothing to say."""


class UntilKnown:
    """Rounds until every point has reached its targets: see :mod:`experiments.stopping`."""

    def __init__(self, design: Design, parts: Iterable[Path]) -> None:
        assert design.stopping is not None
        self._design = design
        self._spec = design.stopping
        self._rounds = Sequential(design)
        for part in parts:
            self._add(pq.ParquetFile(part))

    def next_round(self) -> list[RunSpec]:
        """The runs that the next decisions need."""
        return self._rounds.next_round()

    def take(self, batch: Batch) -> None:
        """Keep the measures that decide, and which runs failed."""
        if RUNS in batch.tables:
            self._add(pq.ParquetFile(pa.BufferReader(batch.tables[RUNS])))
        for failure in batch.failures:
            self._rounds.fail(failure.spec.point, failure.spec.replicate)

    def _add(self, file: Any) -> None:
        for point, replicate, values in _measured(file, list(self._spec.measures)):
            self._rounds.add(point, replicate, values)

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


def _measured(file: Any, names: list[str]) -> Iterator[tuple[int, int, Values]]:
    """Point, replicate and measures of the runs in a part."""
    with file:
        table = file.read(["point", "replicate", *names], use_threads=False).to_pydict()
    columns = [table[name] for name in names]
    yield from zip(table["point"], table["replicate"], zip(*columns, strict=True), strict=True)


def described(table: pa.Table, design: Design) -> pa.Table:
    """The table of a design's points with what was crossed and drawn in its metadata."""
    return table.replace_schema_metadata({DESCRIPTION: json.dumps(design.description(), sort_keys=True)})
