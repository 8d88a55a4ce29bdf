"""Prices of offers in past tenders, as a distribution on a grid, and the chance to beat a number of such offers.

Prices are effective prices divided by the budget: the price of an offer less what its points besides price are
worth in money, so that of two offers the one with the lower effective price scores higher.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import erf, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

STEP: Final = 0.02
"""Distance between two points of the grid, in multiples of the budget."""
POINTS: Final = 101
"""Points of the grid, from 0 to 2 times the budget."""
GRID: Final = tuple(STEP * i for i in range(POINTS))
"""Points of the grid, in multiples of the budget."""

SEARCHED: Final = 48
"""Steps between the lowest and the highest price in the search of the best one."""

_GRID = np.array(GRID)

Distribution = NDArray[np.float64]
"""A value for each point of :data:`GRID`: share of offers below it, or chance to win there.

Only additions, multiplications and divisions of arrays are used, which give the same bytes on every processor.
"""


@lru_cache(maxsize=32)
def normal_distribution(mean: float, sd: float) -> Distribution:
    """Normal distribution on the grid; not to be changed in place.

    Args:
        mean, sd: mean and standard deviation, in multiples of the budget; ``sd`` above zero.
    """
    scale = sd * sqrt(2.0)
    found = np.array([0.5 * (1.0 + erf((point - mean) / scale)) for point in GRID])
    found.flags.writeable = False
    return found


class PastOffers:
    """Weighted prices of past offers. Each tender reduces the weight of those before it.

    Args:
        memory: share of weight that a tender takes from earlier offers, in [0, 1).
        kernel: half-width over which an offer is spread, in multiples of the budget (Epanechnikov's kernel).
    """

    __slots__ = ("_below", "_kept", "_kernel", "weight")

    def __init__(self, memory: float, kernel: float) -> None:
        self._kept = 1.0 - memory
        self._kernel = kernel
        self._below = np.zeros(POINTS)
        self.weight = 0.0

    def add(self, prices: Iterable[tuple[float, float]]) -> None:
        """Add the offers of one tender.

        Args:
            prices: effective price, in multiples of the budget, and weight (number of offers) of each.
        """
        kept, kernel = self._kept, self._kernel
        below = kept * self._below
        weight = kept * self.weight
        for price, count in prices:
            weight += count
            first = min(max(int((price - kernel) / STEP) + 1, 0), POINTS)
            last = min(max(int((price + kernel) / STEP) + 1, 0), POINTS)
            z = (_GRID[first:last] - price) / kernel
            below[first:last] += count * (0.5 + 0.75 * (z - z * z * z / 3.0))
            below[last:] += count
        self._below = below
        self.weight = weight

    def blended(self, prior: Distribution, weight: float) -> Distribution:
        """Distribution of past offers with ``prior`` counted as ``weight`` offers; the prior alone without offers."""
        total = self.weight + weight
        if total <= 0.0:
            return prior
        return (self._below + weight * prior) / total


def chance_to_beat(distribution: Distribution, rivals: int, bids: float) -> Distribution:
    """Chance that an offer at each point of the grid has a lower effective price than all rivals.

    Each of ``rivals`` makes an offer with probability ``bids``, independently.
    """
    chance = np.ones(POINTS)
    power = 1.0 - bids * distribution
    # By repeated squaring: powers of arrays differ in their last digit from one processor to another.
    while rivals > 0:
        if rivals & 1:
            chance = chance * power
        power = power * power
        rivals >>= 1
    return chance


def with_error(values: Distribution, sd: float) -> Distribution:
    """Mean of the values at an effective price with a normal error, by Gauss and Hermite's rule of three points.

    Args:
        values: values at the points of the grid; beyond its ends they are those at the ends.
        sd: standard deviation of the error, in multiples of the budget.
    """
    steps = min(sd * sqrt(3.0) / STEP, POINTS - 2.0)
    whole = int(steps)
    part = steps - whole
    wide = np.concatenate((np.full(whole + 1, values[0]), values, np.full(whole + 1, values[-1])))
    up = 2 * whole + 1
    near = wide[1 : 1 + POINTS] + wide[up : up + POINTS]
    far = wide[:POINTS] + wide[up + 1 : up + 1 + POINTS]
    mean: Distribution = 2.0 / 3.0 * values + (1.0 - part) / 6.0 * near + part / 6.0 * far
    return mean


def best_price(
    chance: Sequence[float],
    scale: float,
    floor: float,
    ceiling: float,
    affordable: Callable[[float], float],
) -> tuple[float, float]:
    """Price with the highest expected surplus, and that surplus, both in pence a year.

    The price maximises ``chance(price) * affordable(price) * (price - floor)``: over every eighth of
    :data:`SEARCHED` even steps from floor to ceiling, then among those four steps from the best, then two steps, then
    one step, then between the neighbours of the best by a parabola. The ceiling itself is compared last.

    Args:
        chance: chance to win at each point of the grid.
        scale: effective price, in multiples of the budget, for each penny of price.
        floor: price at which winning and losing are worth the same, pence a year.
        ceiling: highest price that may be asked, pence a year.
        affordable: probability that the commissioner can pay a price.

    Returns:
        ``ceiling`` and 0 if it is not above ``floor``.
    """
    if ceiling <= floor:
        return ceiling, 0.0
    width = (ceiling - floor) / SEARCHED
    gains: dict[int, float] = {}

    def gain_at(i: int) -> float:
        gain = gains.get(i)
        if gain is None:
            price = ceiling if i == SEARCHED else floor + i * width
            gain = gains[i] = at(chance, price * scale) * affordable(price) * i * width
        return gain

    place = max(range(SEARCHED - 8, 0, -8), key=gain_at)
    most = gain_at(place)
    for apart in (4, 2, 1):
        middle = place
        for i in (middle - apart, middle + apart):
            gain = gain_at(i)
            if gain > most:
                place, most = i, gain
    best, before, after = floor + place * width, gain_at(place - 1), gain_at(place + 1)
    bend = before - 2.0 * most + after
    if bend < 0.0 and after <= most:
        price = best + 0.5 * (before - after) / bend * width
        gain = at(chance, price * scale) * affordable(price) * (price - floor)
        if gain > most:
            best, most = price, gain
    last = gain_at(SEARCHED)
    return (best, most) if most > last else (ceiling, last)


def at(values: Sequence[float], price: float) -> float:
    """Value at a price between the points of the grid, by linear interpolation; the end value outside."""
    place = price / STEP
    i = int(place)
    if place <= 0.0:
        return values[0]
    if i >= POINTS - 1:
        return values[-1]
    return values[i] + (place - i) * (values[i + 1] - values[i])
