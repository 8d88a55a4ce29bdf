"""Latin hypercube (SciPy): each dimension is cut into as many slices as there are points, each used once."""

from __future__ import annotations

import numpy as np

from caremarket.experiments.design.sampling.base import Rows, Sampler
from caremarket.experiments.design.section import SampleSpec


def _sample(dimensions: int, spec: SampleSpec, generator: np.random.Generator) -> Rows:
    from scipy.stats import qmc  # takes a second to import: only where points are drawn

    return qmc.LatinHypercube(dimensions, rng=generator).random(spec.samples)


SAMPLER = Sampler("latin_hypercube", _sample)
