"""Growing Arrow tables: each row is converted once, so that a table can be read at any time at low cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from caremarket.agents.records.tables import SCHEMAS, to_table

MOST_CHUNKS = 24
"""Largest number of chunks; above it they are combined, because many small chunks are slow to read."""


class GrowingTable:
    """The Arrow table of a list of rows that only grows at its end.

    Args:
        name: of the table in :data:`caremarket.agents.records.tables.SCHEMAS`.
        rows: the list, in schema order.
    """

    def __init__(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        self._name = name
        self._rows = rows
        self._done = 0
        self._chunks: list[pa.Table] = []

    def table(self, running: Sequence[Sequence[Any]] = ()) -> pa.Table:
        """Table of the rows so far, then the ``running`` rows, which may still change and are converted each time."""
        if len(self._rows) > self._done:
            self._chunks.append(to_table(self._name, self._rows[self._done :]))
            self._done = len(self._rows)
            if len(self._chunks) > MOST_CHUNKS:
                self._chunks = [pa.concat_tables(self._chunks).unify_dictionaries().combine_chunks()]
        pieces = [*self._chunks, to_table(self._name, running)] if running else self._chunks
        if not pieces:
            return SCHEMAS[self._name].empty_table()
        return pieces[0] if len(pieces) == 1 else pa.concat_tables(pieces).unify_dictionaries()
