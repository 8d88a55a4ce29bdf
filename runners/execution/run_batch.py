"""The task of a worker: simulate a batch of runs and join their tables."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from caremarket.experiments.design.plan import RunSpec
from caremarket.experiments.extensions import failed_extension, use
from caremarket.market.scenario import Scenario
from caremarket.runners.execution.limits import TimeLimitError, within
from caremarket.runners.execution.runner import Work
from caremarket.runners.storage.batches import Batch, Failure
from caremarket.runners.storage.encodings import part_bytes, plain_table
from caremarket.runners.storage.parts import RUNS, Place

if TYPE_CHECKING:
    from caremarket.agents.world.result import RunResult


def run_batch(work: Work, specs: Sequence[RunSpec], place: Place | None = None) -> Batch:
    """Simulate each of ``specs``; a run that raises becomes a :class:`Failure`, and the others continue.

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
    return failed_extension(error) or f"{type(error).__name__}: {' '.join(str(error).split())}"


def _tables(done: Sequence[tuple[RunSpec, RunResult]]) -> dict[str, pa.Table]:
    """The joined tables of several runs, with run, point and replicate in each row."""
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
    """One row per run: run, point, replicate, seed, then every summary measure as a float64, null if not measured.

    Integers stay exact: a float64 holds whole pence up to 90 trillion pounds.
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
