"""Morris' trajectories (SALib): one factor moves from each point to the next, k + 1 points for k factors.

Source: Morris, Technometrics 33 (1991) 161-174, doi 10.1080/00401706.1991.10484804.
"""

from __future__ import annotations

import numpy as np

from caremarket.experiments.design.sampling.base import Rows, Sampler, unit_problem
from caremarket.experiments.design.section import SampleSpec


def _sample(dimensions: int, spec: SampleSpec, generator: np.random.Generator) -> Rows:
    from SALib.sample import morris  # type: ignore[import-untyped]

    rows: Rows = morris.sample(unit_problem(dimensions), spec.samples, num_levels=spec.levels, seed=generator)
    return rows


SAMPLER = Sampler("morris", _sample, analysis="morris")
