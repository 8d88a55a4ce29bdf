"""Latin hypercube: each dimension is cut into as many slices as there are points, each used once."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.sampling.base import Sampler
from market.randomness import Purpose, Streams, entity_key


def _sample(names: Sequence[str], points: int, streams: Streams) -> list[list[float]]:
    columns = []
    for name in names:
        order = entity_key("design", "latin_hypercube", "order", name)
        place = entity_key("design", "latin_hypercube", "place", name)
        # Sorting by keyed uniforms is a random permutation that needs no generator state.
        slices = sorted(range(points), key=lambda i: streams.uniform(Purpose.REPLICATE, order, occasion=i))
        columns.append(
            [
                (cut + streams.uniform(Purpose.REPLICATE, place, occasion=point)) / points
                for point, cut in enumerate(slices)
            ]
        )
    return [list(row) for row in zip(*columns, strict=True)]


SAMPLER = Sampler("latin_hypercube", _sample)
