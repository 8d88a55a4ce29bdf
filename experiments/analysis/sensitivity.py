"""Sensitivity of measures to what a sweep drew: Sobol indices and Morris' measures, by SALib, from its Parquet files.

``sobol`` needs points of the sampler ``saltelli``: S1 is the share of a measure's variance that a factor explains
alone, ST the share it has a part in, S2 that of two factors acting together beyond each alone. ``morris`` needs
trajectories: mu is the mean change of a measure as a factor moves over its whole range, mu_star the mean of its size,
sigma its spread, which is large where the effect depends on other factors or is not linear.

A point's value is the mean over its replicates that measured something. Where a sample is crossed with arms, a grid or
another family, each combination of those is a *block*, analysed by itself.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from caremarket.experiments.analysis.statistics import NOISE
from caremarket.experiments.design.plan import DESCRIPTION, DRAW_NAMES, LeverRange, shown
from caremarket.experiments.design.sampling import SAMPLERS
from caremarket.experiments.design.sampling.base import unit_problem
from caremarket.experiments.design.spec import SampleSpec
from caremarket.market.errors import ConfigurationError
from caremarket.market.measure_names import SUMMARY_NAMES
from caremarket.market.randomness import Purpose, Streams, entity_key

RESAMPLES = 1000
"""Bootstrap resamples behind each interval."""

_COLUMNS: dict[str, pa.DataType] = {
    "block": pa.string(),
    "measure": pa.string(),
    "index": pa.string(),
    "factor": pa.string(),
    "other": pa.string(),
    "value": pa.float64(),
    "half_width": pa.float64(),
}
SCHEMA = pa.schema(_COLUMNS)
"""``sensitivity.parquet``. ``other`` is the second factor of S2; ``half_width`` half the bootstrap's 95% interval."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Index:
    """One sensitivity measure: a row of ``sensitivity.parquet``."""

    block: str
    measure: str
    index: str
    factor: str
    other: str | None
    value: float
    half_width: float | None


@dataclass(frozen=True, slots=True)
class Sampled:
    """The sample of a sweep that is analysed.

    Attributes:
        analysis: ``sobol`` or ``morris``.
        factors: keys that were drawn, in the order of the sample's dimensions.
        spec: how they were drawn.
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


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a sweep says about what its measures are sensitive to.

    Attributes:
        kind: ``sobol`` or ``morris``.
        indices: by block, measure, index and factor.
        left_out: measure -> why it has no indices.
    """

    kind: str
    factors: tuple[str, ...]
    indices: tuple[Index, ...]
    left_out: dict[str, str]

    def table(self) -> pa.Table:
        """The indices as ``sensitivity.parquet`` holds them."""
        return pa.table(
            {field.name: pa.array([getattr(i, field.name) for i in self.indices], field.type) for field in SCHEMA},
            schema=SCHEMA,
        )


def analyse(folder: Path, measures: Sequence[str] | None = None, default: Sequence[str] = ()) -> Analysis:
    """Analyse a finished sweep.

    Args:
        folder: the sweep's folder, with ``design.parquet`` and ``runs.parquet``.
        measures: columns of ``runs.parquet`` to analyse; an error if one cannot be.
        default: what to analyse where none are named; those that cannot be are left out and said.

    Raises:
        ConfigurationError: the design was no Saltelli or Morris sample, runs are missing, or a measure is unknown,
            never moved, or had nothing to measure at some point.
    """
    design = _read(folder, "design.parquet")
    sampled = sampled_of(design)
    runs = folder / "runs.parquet"
    known = set(_schema(runs).names)
    for name in measures or ():
        if name not in known or name not in _numbers(runs):
            raise ConfigurationError("measures", f"{name!r} is no measure of this sweep; docs/measures.md lists them")
    names = list(measures or (name for name in default if name in known))
    values = point_means(runs, names, design.num_rows)
    indices: list[Index] = []
    left_out: dict[str, str] = {}
    for name in names:
        problem = _problem(values[name])
        if problem and measures:
            raise ConfigurationError("measures", f"{name} {problem}")
        if problem:
            left_out[name] = problem
            continue
        for number, block in enumerate(sampled.blocks):
            outputs = values[name][sampled.points[number]]
            if np.ptp(outputs) <= NOISE * np.abs(outputs).max():
                left_out[f"{name}, {block}" if block else name] = "did not move"
                continue
            indices += ANALYSES[sampled.analysis](sampled, number, name, outputs)
    if not indices:
        raise ConfigurationError(
            "measures", "none of them can be analysed: " + "; ".join(map(" ".join, left_out.items()))
        )
    return Analysis(sampled.analysis, sampled.factors, tuple(indices), left_out)


def _problem(values: Vector) -> str:
    """Why a measure cannot be analysed at all; "" if it can."""
    absent = int(np.isnan(values).sum())
    if absent:
        return f"had nothing to measure at {absent} of {len(values)} points"
    return ""


def point_means(runs: Path, names: Sequence[str], points: int) -> dict[str, Vector]:
    """Mean of each measure over the replicates of each point, NaN where none measured anything.

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
    """The Saltelli or Morris sample that ``design.parquet`` was laid out by.

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
    """Values of a factor as numbers; a choice by its place in the list."""
    if not drawn.choices:
        return np.array(values, dtype=np.float64)
    numbers = all(isinstance(c, int | float) and not isinstance(c, bool) for c in drawn.choices)
    places = {shown(float(c) if numbers else c): n for n, c in enumerate(drawn.choices)}  # type: ignore[arg-type]
    return np.array([places[shown(value)] for value in values], dtype=np.float64)


def _sobol(sampled: Sampled, number: int, measure: str, outputs: Vector) -> list[Index]:
    """S1, ST and S2 of a block. Source: Saltelli and others, doi 10.1016/j.cpc.2009.09.018, as SALib has them."""
    from SALib.analyze import sobol  # type: ignore[import-untyped]

    found = sobol.analyze(
        unit_problem(len(sampled.factors)),
        outputs,
        calc_second_order=sampled.spec.second_order,
        num_resamples=RESAMPLES,
        seed=sampled.seed,
    )
    block = sampled.blocks[number]
    rows = []
    for name in ("S1", "ST"):
        for n, factor in enumerate(sampled.factors):
            value, width = float(found[name][n]), float(found[f"{name}_conf"][n])
            rows.append(Index(block, measure, name, factor, None, value, width))
    if sampled.spec.second_order:
        for (n, one), (m, two) in combinations(enumerate(sampled.factors), 2):
            value, width = float(found["S2"][n, m]), float(found["S2_conf"][n, m])
            rows.append(Index(block, measure, "S2", one, two, value, width))
    return rows


def _morris(sampled: Sampled, number: int, measure: str, outputs: Vector) -> list[Index]:
    """mu, mu_star and sigma of a block, in the measure's unit over a factor's whole range."""
    from SALib.analyze import morris

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy's masked arrays, about a mask of integers
        found = morris.analyze(
            unit_problem(len(sampled.factors)),
            sampled.inputs[number],
            outputs,
            num_resamples=RESAMPLES,
            num_levels=sampled.spec.levels,
            seed=sampled.seed,
        )
    rows = []
    for name in ("mu", "mu_star", "sigma"):
        for n, factor in enumerate(sampled.factors):
            width = float(found["mu_star_conf"][n]) if name == "mu_star" else None
            rows.append(Index(sampled.blocks[number], measure, name, factor, None, float(found[name][n]), width))
    return rows


ANALYSES: Mapping[str, Callable[[Sampled, int, str, Vector], list[Index]]] = {"sobol": _sobol, "morris": _morris}
"""Analysis -> the function that makes it for one block and measure."""


def _read(folder: Path, name: str) -> pa.Table:
    _schema(folder / name)
    return pq.read_table(folder / name, use_threads=False)


def _schema(path: Path) -> pa.Schema:
    try:
        return pq.read_schema(path)
    except (OSError, pa.ArrowInvalid):
        raise ConfigurationError(str(path), "is not there or cannot be read; the sweep is not finished") from None


def _numbers(path: Path) -> set[str]:
    """The measures among the columns of ``runs.parquet``."""
    fields = [f for f in _schema(path) if pa.types.is_float64(f.type)]
    return {f.name for f in fields if f.name in SUMMARY_NAMES or "." not in f.name}
