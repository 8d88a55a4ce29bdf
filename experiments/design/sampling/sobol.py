"""Scrambled Sobol sequence (SciPy): covers the cube more evenly than chance; twice the points keep the first half."""

from __future__ import annotations

import numpy as np

from caremarket.experiments.design.sampling.base import Rows, Sampler
from caremarket.experiments.design.section import SampleSpec


def _sample(dimensions: int, spec: SampleSpec, generator: np.random.Generator) -> Rows:
    from scipy.stats import qmc

    return qmc.Sobol(dimensions, scramble=True, rng=generator).random(spec.samples)


SAMPLER = Sampler("sobol", _sample, power_of_two=True)
