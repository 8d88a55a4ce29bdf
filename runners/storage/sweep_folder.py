"""A sweep's folder: results arrive as parts, and are merged at the end.

A run is done when it is in a part of ``runs``. That file of a batch is written last, so a kill leaves either all tables
of the batch or parts without it, which are removed when the sweep continues. A run that is in two parts, because a
worker was thought dead and was not, is taken from one of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.experiments.design.plan import Design
from caremarket.market.errors import CaremarketError
from caremarket.runners.storage.atomic_files import write_file
from caremarket.runners.storage.batches import Batch, Failure
from caremarket.runners.storage.design_table import lever_columns
from caremarket.runners.storage.encodings import json_bytes, parquet_bytes
from caremarket.runners.storage.merged_tables import RUNS_PER_GROUP, PartReader, chunks, stretches, with_levers
from caremarket.runners.storage.parts import RUNS, Parts, Place


class SweepFolder:
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
        reader = PartReader(self.parts, table)
        try:
            for group in chunks(list(where), RUNS_PER_GROUP):
                rows = pa.concat_tables(reader.rows(part, runs) for part, runs in stretches(group, where))
                rows = rows.combine_chunks()
                if levers is not None:
                    rows = with_levers(rows, levers)
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
