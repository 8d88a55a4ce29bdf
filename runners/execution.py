"""Making runs: what every runner sends out and gets back, and the work itself."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from experiments.design import RunSpec
from market.errors import ConfigurationError
from market.scenario import Scenario
from runners.storage import part_bytes, plain_table

if TYPE_CHECKING:
    from agents.result import RunResult

RUNS = "runs"
"""Name of the table with one row a run."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that raised."""

    spec: RunSpec
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of runs left behind.

    Attributes:
        runs: numbers of the runs that finished.
        tables: table name -> Parquet bytes; ``runs`` has a row a run, the others the rows of all runs.
        failures: runs that raised.
        seconds: time spent in ``simulate``.
        packing: time spent on making the tables and their bytes.
    """

    runs: tuple[int, ...]
    tables: dict[str, bytes]
    failures: tuple[Failure, ...]
    seconds: float
    packing: float = 0.0


class Runner(Protocol):
    """A way to execute many runs. Hydra makes one from ``configs/runner/<name>.yaml`` by its ``_target_``.

    Attributes:
        workers: runs at the same time; 0 until started.
        start_seconds: what starting took.
    """

    workers: int
    start_seconds: float

    def start(self, scenarios: Sequence[Scenario]) -> None:
        """Get ready to run points of these scenarios."""

    def execute(self, specs: Sequence[RunSpec]) -> Iterator[Batch]:
        """Run everything in ``specs``; yield batches as they finish, in any order."""

    def close(self) -> None:
        """Let go of what was started."""


def run_batch(scenarios: Sequence[Scenario], specs: Sequence[RunSpec]) -> Batch:
    """Simulate each of ``specs``; a run that raises becomes a :class:`Failure` and the rest go on."""
    import agents

    done: list[tuple[RunSpec, RunResult]] = []
    failures = []
    seconds = 0.0
    for spec in specs:
        began = time.perf_counter()
        try:
            done.append((spec, agents.simulate(scenarios[spec.point], spec.seed)))
        except Exception as error:
            failures.append(Failure(spec, f"{type(error).__name__}: {' '.join(str(error).split())}"))
        seconds += time.perf_counter() - began
    began = time.perf_counter()
    tables = {name: part_bytes(table) for name, table in _tables(done).items()}
    packing = time.perf_counter() - began
    return Batch(tuple(spec.run for spec, _ in done), tables, tuple(failures), seconds, packing)


def _tables(done: Sequence[tuple[RunSpec, RunResult]]) -> dict[str, pa.Table]:
    """The tables of several runs put together, each row with its run, point and replicate."""
    if not done:
        return {}
    tables = {RUNS: runs_table(done)}
    for name in done[0][1].tables:
        parts = [plain_table(result.tables[name]) for _, result in done]
        lengths = [part.num_rows for part in parts]
        table = pa.concat_tables(parts).combine_chunks()
        for column in ("replicate", "point", "run"):
            values = np.repeat(np.array([getattr(spec, column) for spec, _ in done], dtype=np.int32), lengths)
            table = table.add_column(0, pa.field(column, pa.int32(), nullable=False), pa.array(values))
        tables[name] = table
    return tables


def runs_table(done: Sequence[tuple[RunSpec, RunResult]]) -> pa.Table:
    """One row a run: run, point, replicate, seed, then every summary measure as a float64, null if absent.

    Integers in a summary stay exact: a float64 holds whole pence up to 90 trillion pounds.
    """
    columns: dict[str, Any] = {
        "run": pa.array([s.run for s, _ in done], pa.int32()),
        "point": pa.array([s.point for s, _ in done], pa.int32()),
        "replicate": pa.array([s.replicate for s, _ in done], pa.int32()),
        "seed": pa.array([s.seed for s, _ in done], pa.int64()),
    }
    for name in done[0][1].summary:
        values = [_number(result.summary[name]) for _, result in done]
        columns[name] = pa.array(values, pa.float64())
    return pa.table(columns)


def _number(value: float | None) -> float | None:
    if value is None:
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def check_batch_seconds(value: object) -> float:
    """A runner's ``batch_seconds``.

    Raises:
        ConfigurationError: it is no number above zero.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigurationError("runner.batch_seconds", f"{value!r} must be a number above 0")
    return float(value)


def batch_size(seconds_per_run: float | None, remaining: int, workers: int, batch_seconds: float) -> int:
    """How many runs to send at once: about ``batch_seconds`` of work, and less towards the end.

    Before anything was measured one run is sent. Towards the end batches shrink to a share of what remains,
    so that no worker is left with a long batch while the others stand idle.
    """
    if seconds_per_run is None:
        return 1
    by_time = int(batch_seconds / max(seconds_per_run, 1e-6))
    by_rest = math.ceil(remaining / (2 * workers))
    return max(1, min(by_time, by_rest, remaining))
