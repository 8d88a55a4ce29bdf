"""A sweep's design points as a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from caremarket.experiments.design.levers import LeverValue, shown
from caremarket.experiments.design.plan import DESCRIPTION, Design


def design_table(design: Design, hashes: Sequence[str]) -> pa.Table:
    """One row per point: point, label, configuration hash, and a column for each lever."""
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
    """Point, label and a column for each lever: numeric if all its values are numbers, else text; null if not set."""
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


def described(table: pa.Table, design: Design) -> pa.Table:
    """The table of design points with the description of the design (factors and samplers) in its metadata."""
    return table.replace_schema_metadata({DESCRIPTION: json.dumps(design.description(), sort_keys=True)})
