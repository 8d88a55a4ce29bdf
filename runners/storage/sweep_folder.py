"""A sweep's folder: results arrive as parts, and are merged at the end.

A run is done when it is in a part of ``runs``. That file of a batch is written last, so a kill leaves either all tables
of the batch or parts without it, which are removed when the sweep continues. A run that is in two parts, because a
worker was thought dead and was not, is taken from one of them.
"""

from __future__ import annotations

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
from caremarket.runners.storage.merged_tables import merge_table
from caremarket.runners.storage.parts import RUNS, Parts, Place


class SweepFolder:
    """The folder of one sweep, held by one command at a time.

    Args:
        folder: the sweep's own folder; created if it does not exist.
        parts: location of its parts; None is the folder itself.

    Attributes:
        seconds: time spent on writing.
        parts: its parts.

    Raises:
        CaremarketError: another command holds the folder.
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
        """Release the folder for other commands."""
        os.close(self._lock)

    def manifest(self) -> dict[str, Any]:
        """Content of ``manifest.json``; empty if there is none yet."""
        try:
            content = json.loads((self.folder / "manifest.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""
        began = time.monotonic()
        write_file(self.folder / name, content)
        self.seconds += time.monotonic() - began

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file whole or not at all."""
        self.write(name, json_bytes(content))

    def start_over(self) -> None:
        """Remove all results; the folder and its lock stay."""
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
        """Numbers of the runs that are done. Incomplete parts that a kill left behind are removed."""
        for path in self.folder.glob(".*.tmp"):
            path.unlink()
        self._where.clear()
        for name in self.parts.tidy():
            runs = self.parts.read(RUNS, name, ["run"]).column("run").to_numpy()
            self._where.update((int(run), name) for run in runs)
        return set(self._where)

    def merged_runs(self) -> set[int]:
        """Numbers of the runs in the merged ``runs.parquet``."""
        path = self.folder / f"{RUNS}.parquet"
        if not path.exists():
            return set()
        with pq.ParquetFile(path) as file:
            return {int(run) for run in file.read(["run"], use_threads=False).column("run").to_numpy()}

    def add(self, batch: Batch) -> str:
        """Register a batch whose part a worker has written, or write the tables that the batch carries.

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
        """Point, replicate and the named measures of all finished runs, as several tables in any order."""
        columns = ["point", "replicate", *names]
        parts = sorted(set(self._where.values()))
        path = self.folder / f"{RUNS}.parquet"
        if not parts and path.exists():  # merged: its parts may be gone
            with pq.ParquetFile(path) as file:
                yield file.read(columns, use_threads=False)
        for name in parts:
            yield self.parts.read(RUNS, name, columns)

    def write_failures(self, failures: Sequence[Failure], design: Design) -> None:
        """Write ``failures.parquet``: run, point, replicate, seed, label and reason of each run that failed."""
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

    def merge(self, design: Design) -> None:
        """Merge the parts of each table, ordered by run: the same bytes however many workers made the parts."""
        began = time.monotonic()
        where = dict(sorted(self._where.items()))
        for table in self.parts.tables() if where else ():
            merge_table(self.folder, self.parts, table, where, lever_columns(design) if table == RUNS else None)
        self.seconds += time.monotonic() - began
