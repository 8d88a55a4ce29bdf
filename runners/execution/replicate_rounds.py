"""Rounds of a sweep: which runs to make next.

Without ``design.stopping`` all missing runs are one round; with it, rounds add replicates until every point has reached
its targets.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Protocol

import pyarrow as pa

from caremarket.experiments.analysis.stopping import Looks
from caremarket.experiments.analysis.stopping import Rounds as Sequential
from caremarket.experiments.design.plan import Design, RunSpec
from caremarket.runners.storage.batches import Failure
from caremarket.runners.storage.encodings import parquet_bytes
from caremarket.runners.storage.parts import RUNS
from caremarket.runners.storage.sweep_folder import SweepFolder

log = logging.getLogger("caremarket")


class Rounds(Protocol):
    """The runs to make next, decided round by round."""

    def next_round(self) -> list[RunSpec]:
        """The runs of the next round in order; empty when there are no more."""

    def take(self, part: str, failures: Iterable[Failure]) -> None:
        """Register a batch of the round: the part that holds its runs, and its failures. Batches come in any order."""

    def write(self, store: SweepFolder) -> None:
        """Write a table about the rounds into the folder when they are over, if there is one."""

    def report(self) -> None:
        """Log how the rounds ended, if there is anything to report."""


def rounds_of(design: Design, store: SweepFolder, done: set[int]) -> Rounds:
    """The remaining rounds of a sweep whose runs ``done`` are in ``store``."""
    if design.stopping is None:
        return OneRound(missing_runs(design, done))
    return UntilKnown(design, store)


class OneRound:
    """All missing runs of a fixed number of replicates, in one round."""

    def __init__(self, missing: list[RunSpec]) -> None:
        self._missing = missing

    def next_round(self) -> list[RunSpec]:
        """All missing runs the first time, none afterwards."""
        now, self._missing = self._missing, []
        return now

    def take(self, part: str, failures: Iterable[Failure]) -> None:
        """Results do not matter for the rounds."""

    def write(self, store: SweepFolder) -> None:
        """There is nothing to report."""

    def report(self) -> None:
        """There is nothing to report."""


class FromParts:
    """Rounds that depend on measures of the finished runs, which are read from their parts."""

    def __init__(self, looks: Looks, names: Sequence[str], store: SweepFolder) -> None:
        self._looks = looks
        self._names = list(names)
        self._parts = store.parts
        for table in store.measures(self._names):
            self._add(table)

    def next_round(self) -> list[RunSpec]:
        """The runs needed for the next decisions."""
        return self._looks.next_round()

    def take(self, part: str, failures: Iterable[Failure]) -> None:
        """Register the deciding measures, read from the part, and the failed runs."""
        if part:
            self._add(self._parts.read(RUNS, part, ["point", "replicate", *self._names]))
        for failure in failures:
            self._looks.fail(failure.spec.point, failure.spec.replicate)

    def _add(self, table: pa.Table) -> None:
        columns = table.to_pydict()
        values = zip(*(columns[name] for name in self._names), strict=True)
        for point, replicate, measured in zip(columns["point"], columns["replicate"], values, strict=True):
            self._looks.add(point, replicate, measured)

    def write(self, store: SweepFolder) -> None:
        """There is nothing to report."""

    def report(self) -> None:
        """There is nothing to report."""


class UntilKnown(FromParts):
    """Rounds until every point reaches its targets; see :mod:`caremarket.experiments.analysis.stopping`."""

    def __init__(self, design: Design, store: SweepFolder) -> None:
        assert design.stopping is not None
        self._design = design
        self._spec = design.stopping
        self._rounds = Sequential(design)
        super().__init__(self._rounds, list(design.stopping.measures), store)

    def write(self, store: SweepFolder) -> None:
        """Write ``stopping.parquet``: a row for each point and measure with a target."""
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
        """Log how many points reached their targets, and with how many replicates."""
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
"""Schema of ``stopping.parquet``; with ``against``, ``mean`` is the mean of the paired differences."""


def missing_runs(design: Design, done: set[int]) -> list[RunSpec]:
    """The runs of a design that are not done yet, in order."""
    return [spec for spec in design.runs() if spec.run not in done]
