"""A sweep's folder: results come in as parts, and are put together at the end.

A run counts as done when it stands in a part of ``runs``. That file of a batch is written last, so a kill leaves
either all tables of the batch or parts without it, which are removed when the sweep goes on. A run that stands in
two parts, because a worker was thought dead and was not, is taken from one of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.experiments.design.plan import Design, LeverValue, RunSpec, shown
from caremarket.market.errors import CaremarketError
from caremarket.runners.execution.parts import RUNS, Parts, Place
from caremarket.runners.execution.run_task import Batch, Failure
from caremarket.runners.storage.files import json_bytes, parquet_bytes, write_file

RUNS_PER_GROUP = 64
"""Runs in a row group of a finished table: bounds memory, and is the same however the parts were cut."""


class SweepStore:
    """Reads and writes one sweep's folder.

    Args:
        folder: the sweep's own folder; made if it is not there.
        parts: location of its parts; None is the folder itself.

    Attributes:
        seconds: time spent writing, monotonic.
        parts: its parts.
    """

    def __init__(self, folder: Path, parts: str | None = None) -> None:
        self.folder = folder
        self.seconds = 0.0
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._locked()
        self.parts = Parts(parts or str(folder.resolve()))
        self._where: dict[int, str] = {}  # run -> part it is in

    def _locked(self) -> int:
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise CaremarketError(f"another command is working on this sweep: {self.folder}") from None
        return handle

    def close(self) -> None:
        """Let another command work on the folder."""
        os.close(self._lock)

    def manifest(self) -> dict[str, Any]:
        """What the folder says about itself; empty if it is new."""
        try:
            content = json.loads((self.folder / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole."""
        began = time.monotonic()
        write_file(self.folder / name, content)
        self.seconds += time.monotonic() - began

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file whole."""
        self.write(name, json_bytes(content))

    def start_over(self) -> None:
        """Remove all results, keeping the folder and its lock."""
        self._where.clear()
        self.parts.clear()
        for path in self.folder.iterdir():
            if path.name == ".lock":
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def finished(self) -> set[int]:
        """Numbers of the runs that are done. Parts that a kill left without their batch are removed."""
        for path in self.folder.glob(".*.tmp"):
            path.unlink()
        self._where.clear()
        for name in self.parts.tidy():
            runs = self.parts.read(RUNS, name, ["run"]).column("run").to_numpy()
            self._where.update((int(run), name) for run in runs)
        return set(self._where)

    def put_together_runs(self) -> set[int]:
        """Numbers of the runs in the finished table."""
        path = self.folder / f"{RUNS}.parquet"
        if not path.exists():
            return set()
        with pq.ParquetFile(path) as file:
            return {int(run) for run in file.read(["run"], use_threads=False).column("run").to_numpy()}

    def add(self, batch: Batch) -> str:
        """Take note of a batch that a worker has written, or write the tables it brought.

        Returns:
            Name of the part that holds it; empty if no run of the batch finished.
        """
        if not batch.runs:
            return ""
        began = time.monotonic()
        name = batch.part
        if not name:
            place: Place = self.parts.take()
            place.write(batch.tables)
            name = place.name
        self._where.update((run, name) for run in batch.runs)
        self.seconds += time.monotonic() - began
        return name

    def measures(self, names: Sequence[str]) -> Iterator[pa.Table]:
        """Point, replicate and the named measures of all finished runs, a table after the other, in any order."""
        columns = ["point", "replicate", *names]
        parts = sorted(set(self._where.values()))
        path = self.folder / f"{RUNS}.parquet"
        if not parts and path.exists():  # put together: its parts may be gone
            with pq.ParquetFile(path) as file:
                yield file.read(columns, use_threads=False)
        for name in parts:
            yield self.parts.read(RUNS, name, columns)

    def write_failures(self, failures: Sequence[Failure], design: Design) -> None:
        """Write ``failures.parquet``: run, point, replicate, seed, label, reason of each run that raised."""
        ordered = sorted(failures, key=lambda f: f.spec.run)
        table = pa.table(
            {
                "run": pa.array([f.spec.run for f in ordered], pa.int32()),
                "point": pa.array([f.spec.point for f in ordered], pa.int32()),
                "replicate": pa.array([f.spec.replicate for f in ordered], pa.int32()),
                "seed": pa.array([f.spec.seed for f in ordered], pa.int64()),
                "label": pa.array([design.points[f.spec.point].label for f in ordered], pa.string()),
                "reason": pa.array([f.reason for f in ordered], pa.string()),
            }
        )
        self.write("failures.parquet", parquet_bytes(table))

    def put_together(self, design: Design) -> None:
        """Write each table whole, ordered by run: the same bytes however many workers made the parts."""
        began = time.monotonic()
        where = dict(sorted(self._where.items()))
        for table in self.parts.tables() if where else ():
            self._merge(table, where, lever_columns(design) if table == RUNS else None)
        self.seconds += time.monotonic() - began

    def _merge(self, table: str, where: dict[int, str], levers: pa.Table | None) -> None:
        target = self.folder / f"{table}.parquet"
        aside = self.folder / f".{table}.parquet.tmp"
        writer: pq.ParquetWriter | None = None
        reader = _PartReader(self.parts, table)
        try:
            for group in _chunks(list(where), RUNS_PER_GROUP):
                rows = pa.concat_tables(reader.rows(part, runs) for part, runs in _stretches(group, where))
                rows = rows.combine_chunks()
                if levers is not None:
                    rows = _with_levers(rows, levers)
                if writer is None:
                    writer = pq.ParquetWriter(aside, rows.schema, compression="zstd")
                writer.write_table(rows, row_group_size=max(rows.num_rows, 1))
            if writer is not None:
                writer.close()
            with open(aside, "rb") as stream:
                os.fsync(stream.fileno())
            os.replace(aside, target)
        except BaseException:
            if writer is not None:
                with contextlib.suppress(Exception):  # what went wrong first is what counts
                    writer.close()
            aside.unlink(missing_ok=True)
            raise


class _PartReader:
    """Gives the rows of runs out of a part, keeping the last few parts in memory."""

    def __init__(self, parts: Parts, table: str) -> None:
        self._parts = parts
        self._table = table
        self._kept: dict[str, tuple[pa.Table, Any]] = {}

    def rows(self, part: str, runs: Sequence[int]) -> pa.Table:
        """The rows of ``runs``, which stand together in ``part``; some may have none."""
        if part not in self._kept:
            if len(self._kept) >= 8:
                del self._kept[next(iter(self._kept))]
            table = self._parts.read(self._table, part)
            # The rows of a run stand together, and runs in order.
            self._kept[part] = (table, table.column("run").to_numpy())
        table, column = self._kept[part]
        first, end = (int(column.searchsorted(run, side)) for run, side in ((runs[0], "left"), (runs[-1], "right")))
        return table.slice(first, end - first)


def _stretches(group: Sequence[int], where: Mapping[int, str]) -> Iterator[tuple[str, list[int]]]:
    """Cut runs in order into stretches that are in the same part."""
    for part, runs in groupby(group, key=where.__getitem__):
        yield part, list(runs)


def _chunks(runs: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(runs), size):
        yield runs[start : start + size]


def design_table(design: Design, hashes: Sequence[str]) -> pa.Table:
    """One row a point: point, label, configuration hash, then a column a lever."""
    table = pa.table(
        {
            "point": pa.array([p.index for p in design.points], pa.int32()),
            "label": pa.array([p.label for p in design.points], pa.string()),
            "config_hash": pa.array(list(hashes), pa.string()),
        }
    )
    levers = lever_columns(design).drop_columns(["point", "label"])
    for name in levers.column_names:
        table = table.append_column(name, levers.column(name))
    return table


def lever_columns(design: Design) -> pa.Table:
    """Point, label and a column a lever: a number if all its values are, else text; null where not set."""
    columns: dict[str, Any] = {
        "point": pa.array([p.index for p in design.points], pa.int32()),
        "label": pa.array([p.label for p in design.points], pa.string()),
    }
    for key in design.lever_names:
        values: list[LeverValue] = [p.levers.get(key) for p in design.points]
        present = [v for v in values if v is not None]
        if all(isinstance(v, bool) for v in present):
            columns[key] = pa.array(values, pa.bool_())
        elif all(isinstance(v, int | float) and not isinstance(v, bool) for v in present):
            columns[key] = pa.array([None if v is None else float(v) for v in values], pa.float64())
        else:
            columns[key] = pa.array([None if v is None else shown(v) for v in values], pa.string())
    return pa.table(columns)


def _with_levers(rows: pa.Table, levers: pa.Table) -> pa.Table:
    """Put label and levers of each row's point after the columns that identify the run."""
    picked = levers.take(rows.column("point"))
    for name in reversed([n for n in levers.column_names if n != "point"]):
        rows = rows.add_column(4, picked.schema.field(name), picked.column(name).combine_chunks())
    return rows


def missing_runs(design: Design, done: set[int]) -> list[RunSpec]:
    """The runs of a design that are still to be made, in order."""
    return [spec for spec in design.runs() if spec.run not in done]
