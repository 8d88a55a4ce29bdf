"""Independent uniform draws: the first points stay the same when more are drawn."""

from __future__ import annotations

import numpy as np

from caremarket.experiments.design.sampling.base import Rows, Sampler
from caremarket.experiments.design.section import SampleSpec


def _sample(dimensions: int, spec: SampleSpec, generator: np.random.Generator) -> Rows:
    return generator.random((spec.samples, dimensions))


SAMPLER = Sampler("uniform", _sample)
