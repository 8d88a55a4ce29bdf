"""Independent uniform draws: the first ``n`` points stay the same when more are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.sampling.base import Sampler
from market.randomness import Purpose, Streams, entity_key


def _sample(names: Sequence[str], points: int, streams: Streams) -> list[list[float]]:
    keys = [entity_key("design", "uniform", name) for name in names]
    return [[streams.uniform(Purpose.REPLICATE, key, occasion=point) for key in keys] for point in range(points)]


SAMPLER = Sampler("uniform", _sample)
