"""Sampling designs over the unit cube, from SciPy and SALib. One module per sampler; each defines ``SAMPLER``."""

from __future__ import annotations

from caremarket.experiments.design.sampling.base import Sampler
from caremarket.market.registry import variants

SAMPLERS: dict[str, Sampler] = variants(__name__, __path__, "SAMPLER", Sampler)

__all__ = ["SAMPLERS", "Sampler"]
