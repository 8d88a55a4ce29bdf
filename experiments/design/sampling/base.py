"""The form of a sampling design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caremarket.experiments.design.section import SampleSpec

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampler:
    """A way to spread points over the unit cube.

    Attributes:
        name: name in configuration.
        sample: maps (dimensions, specification, generator) to rows with one number in [0, 1] per dimension.
        analysis: the sensitivity measures that the points serve, a name in
            :data:`caremarket.experiments.analysis.sensitivity.ANALYSES`; "" for none.
        power_of_two: whether the number of samples must be a power of two, as a Sobol sequence's balance needs.
    """

    name: str
    sample: Callable[[int, SampleSpec, np.random.Generator], Rows]
    analysis: str = ""
    power_of_two: bool = False


def unit_problem(dimensions: int) -> dict[str, Any]:
    """SALib's description of the unit cube."""
    return {
        "num_vars": dimensions,
        "names": [f"x{number}" for number in range(dimensions)],
        "bounds": [[0.0, 1.0]] * dimensions,
    }
