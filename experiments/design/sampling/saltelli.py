"""Saltelli's cross-sampling (SALib) of a scrambled Sobol sequence, from which Sobol indices are estimated.

Each base point becomes a row of matrix A, one row for each factor taken over from matrix B, one for each taken over
from A into B where second-order indices are wanted, and a row of B: 2k + 2 or k + 2 points for k factors.
Source: Saltelli, Computer Physics Communications 145 (2002) 280-297, doi 10.1016/S0010-4655(02)00280-1.
"""

from __future__ import annotations

import numpy as np

from caremarket.experiments.design.sampling.base import Rows, Sampler, unit_problem
from caremarket.experiments.design.section import SampleSpec


def _sample(dimensions: int, spec: SampleSpec, generator: np.random.Generator) -> Rows:
    from SALib.sample import sobol  # type: ignore[import-untyped]

    rows: Rows = sobol.sample(
        unit_problem(dimensions), spec.samples, calc_second_order=spec.second_order, seed=generator
    )
    return rows


SAMPLER = Sampler("saltelli", _sample, analysis="sobol", power_of_two=True)
