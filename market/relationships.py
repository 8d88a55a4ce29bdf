"""Pairwise trust between organisations, in [0, 1].

Trust rises with promises kept and bills paid on time, falls when they are not, and drifts slowly back to the
pair's starting value (M; S on working together before). Only pairs that have dealt with each other are stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log1p

from caremarket.market.randomness import Purpose, Streams


class TrustNetwork:
    """Trust between pairs of organisations, each named by its stable key.

    Args:
        streams: draws the starting trust of a pair.
        mean, sd: distribution of starting trust, clipped to [0, 1].
        decay_per_year: share of the distance to the starting value lost in a year.
        gain, loss: share of the distance to one or zero that trust moves after one kept or broken promise.
        dynamic: False holds every pair at its starting value.
    """

    __slots__ = ("_gain", "_loss", "_mean", "_rate", "_sd", "_start", "_streams", "_value", "dynamic")

    def __init__(
        self,
        streams: Streams,
        *,
        mean: float,
        sd: float,
        decay_per_year: float,
        gain: float,
        loss: float,
        dynamic: bool = True,
    ) -> None:
        self._streams = streams
        self._mean = mean
        self._sd = sd
        self._rate = -log1p(-min(decay_per_year, 0.999)) / 12.0
        self._gain = gain
        self._loss = loss
        self.dynamic = dynamic
        # pair -> [value, month it was set, starting value], for pairs that have dealt with each other
        self._value: dict[tuple[int, int], list[float]] = {}
        # pair -> starting value, for pairs that have considered each other and not dealt so far
        self._start: dict[tuple[int, int], float] = {}

    def _drawn(self, pair: tuple[int, int]) -> float:
        """Draw the starting trust of a pair, the lower key first."""
        start = self._mean + self._sd * self._streams.normal(Purpose.TRUST, pair[0], pair[1])
        return 0.0 if start < 0.0 else 1.0 if start > 1.0 else start

    def between(self, a: int, b: int, now: float) -> float:
        """Trust between the organisations with keys ``a`` and ``b`` at month ``now``."""
        pair = (a, b) if a < b else (b, a)
        entry = self._value.get(pair)
        if entry is None:
            first = self._start.get(pair)
            if first is None:
                first = self._start[pair] = self._drawn(pair)
            return first
        value, since, start = entry
        if value == start:
            return value
        return start + (value - start) * exp(-self._rate * (now - since))

    def known(self, a: int, b: int, now: float) -> float | None:
        """Trust between two that have dealt with each other; None if they have not."""
        return self.between(a, b, now) if ((a, b) if a < b else (b, a)) in self._value else None

    def kept(self, a: int, b: int, now: float, weight: float = 1.0) -> None:
        """Raise trust after a promise kept or a bill paid on time."""
        self._move(a, b, now, 1.0, self._gain * weight if self.dynamic else 0.0)

    def broken(self, a: int, b: int, now: float, weight: float = 1.0) -> None:
        """Lower trust after a promise broken or a bill paid late."""
        self._move(a, b, now, 0.0, self._loss * weight if self.dynamic else 0.0)

    def _move(self, a: int, b: int, now: float, towards: float, step: float) -> None:
        pair = (a, b) if a < b else (b, a)
        entry = self._value.get(pair)
        if entry is None:
            known = self._start.pop(pair, None)
            start = self._drawn(pair) if known is None else known
            entry = self._value[pair] = [start, 0.0, start]
        value, since, start = entry
        if value != start:
            value = start + (value - start) * exp(-self._rate * (now - since))
        step = 1.0 if step > 1.0 else step
        entry[0] = value + (towards - value) * step
        entry[1] = now

    def pairs(self) -> Iterable[list[float]]:
        """Value, month it was set and starting value of every pair that has dealt with each other."""
        return self._value.values()

    def mean(self, now: float) -> float | None:
        """Mean trust over pairs that have dealt with each other; None if no pair has."""
        if not self._value:
            return None
        decay = self._rate
        total = 0.0
        for value, since, start in self._value.values():
            total += start + (value - start) * exp(-decay * (now - since))
        return total / len(self._value)
