"""JSON and Parquet with the same bytes for the same content."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def json_bytes(content: Any) -> bytes:
    """Strict JSON (no NaN) with keys in the given order, one key per line, and a final newline."""
    return (json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n").encode()


def parquet_bytes(table: pa.Table, row_group_size: int | None = None) -> bytes:
    """A table as Parquet: the same content gives the same bytes with the same version of Arrow."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=row_group_size or max(table.num_rows, 1))
    return bytes(sink.getvalue())


def part_bytes(table: pa.Table) -> bytes:
    """A table as Parquet that is quick to write and read, for parts, which are merged in the end."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="lz4", write_statistics=False)
    return bytes(sink.getvalue())


def plain_table(table: pa.Table) -> pa.Table:
    """The table without metadata and dictionary encoding, which both depend on how it was built."""
    columns, fields = [], []
    for field, column in zip(table.schema, table.columns, strict=True):
        kind = field.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
            column = column.cast(kind)
        columns.append(column)
        fields.append(pa.field(field.name, kind, field.nullable))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))
