"""Mean and variance of what has been observed, starting from a prior belief; old observations lose weight."""

from __future__ import annotations


class LearnedMean:
    """A belief about a number that varies.

    Args:
        mean: mean before any observation.
        prior_weight: number of observations that the prior counts as, above zero.
        memory: share of weight that an observation takes from earlier ones, in [0, 1].
        variance: variance before any observation.

    Attributes:
        mean, variance: present mean and variance.
    """

    __slots__ = ("_kept", "_prior_weight", "_weight", "mean", "variance")

    def __init__(self, mean: float, prior_weight: float, memory: float, variance: float = 0.0) -> None:
        self.mean = mean
        self.variance = variance
        self._prior_weight = prior_weight
        self._kept = 1.0 - memory
        self._weight = 0.0

    def add(self, value: float) -> None:
        """Take an observation into account."""
        self._weight = self._kept * self._weight + 1.0
        gain = 1.0 / (self._prior_weight + self._weight)
        error = value - self.mean
        self.mean += gain * error
        self.variance = (1.0 - gain) * (self.variance + gain * error * error)
