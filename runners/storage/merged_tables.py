"""Parts of a sweep merged into one Parquet file per table, ordered by run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from caremarket.runners.storage.parts import Parts

RUNS_PER_GROUP = 64
"""Runs in a row group of a merged table: limits memory, and does not depend on how the parts were cut."""


def merge_table(folder: Path, parts: Parts, table: str, where: Mapping[int, str], levers: pa.Table | None) -> None:
    """Merge the parts of a table into ``<table>.parquet``, written whole or not at all.

    Args:
        folder: where the merged file goes.
        parts: the parts.
        table: name of the table.
        where: run -> the part that holds it, in order of runs.
        levers: label and levers of each point, added as columns; None for none.
    """
    aside = folder / f".{table}.parquet.tmp"
    writer: pq.ParquetWriter | None = None
    reader = _PartReader(parts, table)
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
        os.replace(aside, folder / f"{table}.parquet")
    except BaseException:
        if writer is not None:
            with contextlib.suppress(Exception):  # the first error is the one to report
                writer.close()
        aside.unlink(missing_ok=True)
        raise


class _PartReader:
    """Reads the rows of runs from parts, keeping the last few parts in memory."""

    def __init__(self, parts: Parts, table: str) -> None:
        self._parts = parts
        self._table = table
        self._kept: dict[str, tuple[pa.Table, Any]] = {}

    def rows(self, part: str, runs: Sequence[int]) -> pa.Table:
        """The rows of ``runs``, which are adjacent in ``part``; some runs may have none."""
        if part not in self._kept:
            if len(self._kept) >= 8:
                del self._kept[next(iter(self._kept))]
            table = self._parts.read(self._table, part)
            # The rows of a run are adjacent, and runs are in order.
            self._kept[part] = (table, table.column("run").to_numpy())
        table, column = self._kept[part]
        first, end = (int(column.searchsorted(run, side)) for run, side in ((runs[0], "left"), (runs[-1], "right")))
        return table.slice(first, end - first)


def _stretches(group: Sequence[int], where: Mapping[int, str]) -> Iterator[tuple[str, list[int]]]:
    """Cut ordered runs into stretches that are in the same part."""
    for part, runs in groupby(group, key=where.__getitem__):
        yield part, list(runs)


def _chunks(runs: list[int], size: int) -> Iterator[list[int]]:
    """Cut runs into lists of ``size``, the last one shorter."""
    for start in range(0, len(runs), size):
        yield runs[start : start + size]


def _with_levers(rows: pa.Table, levers: pa.Table) -> pa.Table:
    """Insert label and levers of each row's point after the columns that identify the run."""
    picked = levers.take(rows.column("point"))
    for name in reversed([n for n in levers.column_names if n != "point"]):
        rows = rows.add_column(4, picked.schema.field(name), picked.column(name).combine_chunks())
    return rows
