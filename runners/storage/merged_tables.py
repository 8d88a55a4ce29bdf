"""Parts of a sweep merged into one Parquet file a table, ordered by run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa

from caremarket.runners.storage.parts import Parts

RUNS_PER_GROUP = 64
"""Runs in a row group of a finished table: bounds memory, and is the same however the parts were cut."""


class PartReader:
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


def stretches(group: Sequence[int], where: Mapping[int, str]) -> Iterator[tuple[str, list[int]]]:
    """Cut runs in order into stretches that are in the same part."""
    for part, runs in groupby(group, key=where.__getitem__):
        yield part, list(runs)


def chunks(runs: list[int], size: int) -> Iterator[list[int]]:
    """Cut runs into lists of ``size``, the last one shorter."""
    for start in range(0, len(runs), size):
        yield runs[start : start + size]


def with_levers(rows: pa.Table, levers: pa.Table) -> pa.Table:
    """Put label and levers of each row's point after the columns that identify the run."""
    picked = levers.take(rows.column("point"))
    for name in reversed([n for n in levers.column_names if n != "point"]):
        rows = rows.add_column(4, picked.schema.field(name), picked.column(name).combine_chunks())
    return rows
