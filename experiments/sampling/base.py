"""What a sampling design is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from market.randomness import Streams


@dataclass(frozen=True, slots=True)
class Sampler:
    """A way to spread points over the unit cube.

    Attributes:
        name: name in configuration.
        sample: maps (names of the dimensions, number of points, streams of the root seed) to that many rows
            of one number in (0, 1) a dimension. A dimension's draws are keyed by its name.
    """

    name: str
    sample: Callable[[Sequence[str], int, Streams], list[list[float]]]
