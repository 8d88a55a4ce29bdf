"""Means over replicates and how sure we can be of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure over the replicates of one point.

    Attributes:
        count: replicates in which there was something to measure.
        mean: their mean.
        sd: their standard deviation; None for fewer than two.
        half_width: half the width of the 95% interval of the mean (Student's t); None for fewer than two.
    """

    count: int
    mean: float
    sd: float | None
    half_width: float | None


def estimate(values: Iterable[float | None]) -> Estimate | None:
    """Mean, standard deviation and interval of ``values``, leaving out None; None if nothing is left."""
    present = [float(v) for v in values if v is not None]
    count = len(present)
    if not count:
        return None
    mean = sum(present) / count
    if count < 2:
        return Estimate(count, mean, None, None)
    sd = sqrt(sum((v - mean) ** 2 for v in present) / (count - 1))
    return Estimate(count, mean, sd, student_t(count - 1) * sd / sqrt(count))


_QUANTILES: dict[int, float] = {}


def student_t(degrees: int) -> float:
    """Two-sided 95% point of Student's t with ``degrees`` degrees of freedom, 1 or more."""
    if degrees not in _QUANTILES:
        # scipy.stats takes seconds to import; this is the function behind its t.ppf.
        from scipy.special import stdtrit

        _QUANTILES[degrees] = float(stdtrit(degrees, 0.5 + CONFIDENCE / 2))
    return _QUANTILES[degrees]
