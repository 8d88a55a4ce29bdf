"""The sample used by a sensitivity analysis, read from a sweep's Parquet files.

The value of a point is the mean over its replicates with a value. If a sample is crossed with arms, a grid or the
other family, each combination of those is a *block*, analysed separately.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from caremarket.agents.records.measures import summary_names
from caremarket.experiments.design.levers import LeverRange, shown
from caremarket.experiments.design.plan import DESCRIPTION, DRAW_NAMES
from caremarket.experiments.design.sampling import SAMPLERS
from caremarket.experiments.design.section import SampleSpec
from caremarket.market.errors import ConfigurationError
from caremarket.market.randomness import Purpose, Streams, entity_key

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampled:
    """The sample of a sweep that is analysed.

    Attributes:
        analysis: ``sobol`` or ``morris``.
        factors: keys drawn, in the order of the sample's dimensions.
        spec: the section that says how they were drawn.
        blocks: label of each block.
        points: design points of each block in the order of the sample, shape (blocks, rows).
        inputs: factors' values as numbers, choices as their position, shape (blocks, rows, factors).
        seed: of the bootstrap.
    """

    analysis: str
    factors: tuple[str, ...]
    spec: SampleSpec
    blocks: tuple[str, ...]
    points: NDArray[np.int64]
    inputs: NDArray[np.float64]
    seed: int


def point_means(runs: Path, names: Sequence[str], points: int) -> dict[str, Vector]:
    """Mean of each measure over the replicates of each point, NaN if no replicate has a value.

    Raises:
        ConfigurationError: a point has no runs.
    """
    table = pq.read_table(runs, columns=["point", *names], use_threads=False)
    # One thread, so that sums are taken in the order of the rows: the same bytes on any machine.
    means = table.group_by("point", use_threads=False).aggregate([("point", "count"), *((n, "mean") for n in names)])
    position = means.column("point").to_numpy()
    if len(position) < points:
        raise ConfigurationError(
            str(runs), f"has no runs of {points - len(position)} of {points} points; the same sweep command makes them"
        )
    found = {}
    for name in names:
        column = np.full(points, np.nan)
        column[position] = means.column(f"{name}_mean").to_numpy().astype(np.float64)
        found[name] = column
    return found


def sampled_of(design: pa.Table) -> Sampled:
    """The Saltelli or Morris sample in ``design.parquet``.

    Raises:
        ConfigurationError: there is none, or two.
    """
    told = (design.schema.metadata or {}).get(DESCRIPTION.encode())
    if told is None:
        raise ConfigurationError("design.parquet", "does not say how its points were drawn; run the sweep again")
    description: Mapping[str, Any] = json.loads(told)
    axes = description["axes"]
    found = [n for n, axis in enumerate(axes) if "sample" in axis and SAMPLERS[axis["sample"]["sampler"]].analysis]
    if not found:
        drawn = [axis["sample"]["sampler"] for axis in axes if "sample" in axis]
        used = f"its points were drawn by {', '.join(drawn)}" if drawn else "its points were not drawn at all"
        raise ConfigurationError(
            "design", f"is none that indices can be had from: {used}; sample with sampler saltelli or morris"
        )
    if len(found) > 1:
        raise ConfigurationError("design", "draws both levers and uncertainties for indices; draw them in one family")
    (position,) = found
    axis = axes[position]
    spec = SampleSpec.model_validate(axis["sample"])
    factors = tuple(sorted(spec.over))
    points = np.arange(design.num_rows).reshape([a["size"] for a in axes])
    points = np.moveaxis(points, position, -1).reshape(-1, axis["size"])
    columns = [_numeric(spec.over[key], design.column(key).to_pylist()) for key in factors]
    inputs = np.stack(columns, axis=-1)[points]
    labels = design.column("label")
    token = f"{DRAW_NAMES[axis['family']]}=0"
    blocks = tuple(_without(str(labels[int(row[0])].as_py()), token) for row in points)
    seed = int(Streams(description["seed"]).uniform(Purpose.REPLICATE, entity_key("sensitivity")) * 2**53) + 1
    return Sampled(SAMPLERS[spec.sampler].analysis, factors, spec, blocks, points, inputs, seed)


def _without(label: str, token: str) -> str:
    return " ".join(part for part in label.split(" ") if part != token)


def _numeric(drawn: LeverRange, values: Sequence[Any]) -> Vector:
    """Values of a factor as numbers; a choice by its position in the list."""
    if not drawn.choices:
        return np.array(values, dtype=np.float64)
    numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in drawn.choices)
    places = {shown(float(c) if numbers else c): n for n, c in enumerate(drawn.choices)}  # type: ignore[arg-type]
    return np.array([places[shown(value)] for value in values], dtype=np.float64)


def read_design(folder: Path, name: str) -> pa.Table:
    """Read a Parquet file of a sweep."""
    schema_of(folder / name)
    return pq.read_table(folder / name, use_threads=False)


def schema_of(path: Path) -> pa.Schema:
    """The schema of a Parquet file; a ConfigurationError if it cannot be read."""
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowInvalid):
        raise ConfigurationError(str(path), "is not there or cannot be read; the sweep is not finished") from None


def measures_in(path: Path) -> set[str]:
    """The measures among the columns of ``runs.parquet``."""
    fields = [f for f in schema_of(path) if pa.types.is_float64(f.type)]
    return {f.name for f in fields if f.name in summary_names() or "." not in f.name}
