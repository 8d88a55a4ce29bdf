"""Making runs: what every runner sends out and gets back, and the work itself."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pyarrow as pa

from caremarket.experiments.design.plan import RunSpec
from caremarket.experiments.extensions import Extension, use
from caremarket.market.errors import ConfigurationError
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.limits import NO_LIMITS, Limits, TimeLimitError, within
from caremarket.runners.execution.parts import RUNS, Parts, Place
from caremarket.runners.storage.files import part_bytes, plain_table

if TYPE_CHECKING:
    from caremarket.agents.world.result import RunResult

SIMULATE = "caremarket.agents.simulate"
"""The function that makes a run, unless a runner names another: ``simulate(scenario, seed) -> RunResult``."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
"""Set to 1 for workers: as many workers as cores would otherwise fight over them."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that raised, went over a limit, or took its worker down."""

    spec: RunSpec
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker needs to know for all runs of a sweep: sent to it once.

    Attributes:
        scenarios: by number of point.
        simulate: dotted name of the function that makes a run.
        limits: what one run may take.
        extensions: what adds to the model.
    """

    scenarios: Sequence[Scenario]
    simulate: str = SIMULATE
    limits: Limits = NO_LIMITS
    extensions: tuple[Extension, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of runs left behind: the tables themselves, or a receipt for the part that holds them.

    Attributes:
        runs: numbers of the runs that finished.
        tables: table name -> Parquet bytes; ``runs`` has a row a run, the others the rows of all runs. Empty
            where the worker has written them.
        failures: runs that failed.
        seconds: time spent in ``simulate``.
        packing: time spent on making the tables and their bytes, and on writing them.
        part: name of the part that the worker has written; empty if there is none.
        sizes: table name -> bytes of that part.
    """

    runs: tuple[int, ...]
    tables: dict[str, bytes]
    failures: tuple[Failure, ...]
    seconds: float
    packing: float = 0.0
    part: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)


class Runner(Protocol):
    """A way to execute many runs. Hydra makes one from ``configs/runner/<name>.yaml`` by its ``_target_``.

    Attributes:
        workers: runs at the same time; 0 until started.
        start_seconds: what starting took.
        simulate: dotted name of the function that makes a run.
        parts: location asked for the parts of sweeps, null for the sweep's own folder.
    """

    workers: int
    start_seconds: float
    simulate: str
    parts: str | None

    def start(self, scenarios: Sequence[Scenario]) -> None:
        """Get ready to run points of these scenarios, instead of others if it was started before."""

    def execute(self, specs: Sequence[RunSpec], parts: Parts | None = None) -> Iterator[Batch]:
        """Run everything in ``specs``; yield batches as they finish, in any order.

        With ``parts`` workers write their tables there and batches are receipts; without, batches carry them.

        Raises:
            StorageError: results cannot be written.
        """

    def close(self) -> None:
        """Let go of what was started."""


def run_batch(work: Work, specs: Sequence[RunSpec], place: Place | None = None) -> Batch:
    """Simulate each of ``specs``; a run that raises becomes a :class:`Failure` and the rest go on.

    Raises:
        StorageError: results cannot be written at ``place``.
    """
    use(work.extensions)
    simulate = resolve_name(work.simulate)
    done: list[tuple[RunSpec, RunResult]] = []
    failures = []
    began = time.perf_counter()
    for spec in specs:
        found = _made(simulate, work, spec)
        if isinstance(found, Failure):
            failures.append(found)
        else:
            done.append((spec, found))
    simulated = time.perf_counter()
    tables = {name: part_bytes(table) for name, table in _tables(done).items()}
    runs = tuple(spec.run for spec, _ in done)
    sizes: dict[str, int] = {}
    if place is not None and tables:
        sizes = place.write(tables)
        tables = {}
    packing = time.perf_counter() - simulated
    part = place.name if place is not None and sizes else ""
    return Batch(runs, tables, tuple(failures), simulated - began, packing, part, sizes)


def _made(simulate: Callable[[Scenario, int], RunResult], work: Work, spec: RunSpec) -> RunResult | Failure:
    try:
        with within(work.limits):
            return simulate(work.scenarios[spec.point], spec.seed)
    except TimeLimitError:
        return Failure(spec, f"took longer than runner.run_seconds={work.limits.run_seconds:g}")
    except MemoryError as error:
        if work.limits.run_memory_mb is None:
            return Failure(spec, _reason(error))
        return Failure(spec, f"needed more memory than runner.run_memory_mb={work.limits.run_memory_mb:g}")
    except Exception as error:
        return Failure(spec, _reason(error))


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


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


def check_workers(value: object) -> int | None:
    """A runner's ``workers``.

    Raises:
        ConfigurationError: it is neither a whole number of 1 or more nor null.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError("runner.workers", f"{value!r} must be a whole number of 1 or more, or null")
    return value


def check_simulate(value: object) -> str:
    """A runner's ``simulate``: the dotted name of a function that is there.

    Raises:
        ConfigurationError: there is no such function.
    """
    if value == SIMULATE:
        return SIMULATE
    try:
        found = resolve_name(value) if isinstance(value, str) else None
    except (ImportError, AttributeError, ValueError):
        found = None
    if not callable(found):
        raise ConfigurationError("runner.simulate", f"{value!r} names no function; the default is {SIMULATE}")
    return str(value)


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
