"""Sensitivity of measures to the factors a sweep drew: Sobol indices and Morris' measures, computed by SALib.

``sobol`` needs points of the sampler ``saltelli``. S1 is the share of a measure's variance that a factor explains
alone, ST the share in which it is involved, S2 the extra share of two factors together. ``morris`` needs
trajectories: mu is the mean change of a measure as a factor moves over its whole range, mu_star the mean absolute
change, sigma the standard deviation, which is large if the effect depends on other factors or is not linear.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa

from caremarket.experiments.analysis.sensitivity_sample import (
    Sampled,
    Vector,
    measures_in,
    point_means,
    read_design,
    sampled_of,
    schema_of,
)
from caremarket.experiments.analysis.statistics import NOISE
from caremarket.experiments.design.sampling.base import unit_problem
from caremarket.market.errors import ConfigurationError

RESAMPLES = 1000
"""Bootstrap resamples for each interval."""
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
class Analysis:
    """Sensitivity of a sweep's measures to its factors.

    Attributes:
        kind: ``sobol`` or ``morris``.
        indices: by block, measure, index and factor.
        left_out: measure -> reason why it has no indices.
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
        default: measures to analyse if none are named; those that cannot be are left out and reported.

    Raises:
        ConfigurationError: the design is not a Saltelli or Morris sample, runs are missing, or a measure is unknown,
            never changed, or had nothing to measure at some point.
    """
    design = read_design(folder, "design.parquet")
    sampled = sampled_of(design)
    runs = folder / "runs.parquet"
    known = set(schema_of(runs).names)
    for name in measures or ():
        if name not in known or name not in measures_in(runs):
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
    """Reason why a measure cannot be analysed; "" if it can."""
    absent = int(np.isnan(values).sum())
    if absent:
        return f"had nothing to measure at {absent} of {len(values)} points"
    return ""


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
"""Analysis -> the function that computes it for one block and measure."""
