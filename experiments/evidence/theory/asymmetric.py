"""First-price tender of two bidders whose costs have different ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from caremarket.agents.strategies import PricingStrategy, PricingView
from caremarket.experiments.evidence.theory.check import Check, Comparison
from caremarket.experiments.evidence.theory.contests import Contest, mean, over_seeds
from caremarket.experiments.evidence.theory.textbook_tender import textbook_tender
from caremarket.market.risk import first_price_bid

if TYPE_CHECKING:
    from numpy.typing import NDArray
from caremarket.experiments.evidence.theory.private_values import MEAN_TOLERANCE, seeds_of

SUPPORTS = (1.0, 0.6)
"""Highest cost of each bidder; both costs are uniform from 0."""
DEVIATIONS = (0.75, 0.9, 1.1, 1.25)
"""Multiples of the equilibrium's margin over cost that one bidder tries as deviations."""
GAIN_TOLERANCE = 0.003


@dataclass(frozen=True, slots=True, eq=False)
class AsymmetricEquilibrium:
    """First-price equilibrium of two bidders with costs uniform on [0, h1] and [0, h2], ``h1 >= h2``.

    Bids run from ``(h1 + h2)/4`` to ``t = (h1 + h2)/2``. The inverse bids ``f1``, ``f2`` solve
    ``f1' = (h1 - f1)/(b - f2)`` and ``f2' = (h2 - f2)/(b - f1)``, each bidder's first-order condition. Their sum gives
    ``(b - f1)(b - f2) = (b - t)^2``, which leaves one equation for ``f1``. A cost above ``t`` cannot win (Plum 1992;
    Kaplan and Zamir 2012).

    Attributes:
        bids: grid of bids.
        inverse: cost at which each bidder makes each bid.
    """

    bids: NDArray[np.float64]
    inverse: tuple[NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def solve(cls, high: tuple[float, float], points: int = 4001) -> AsymmetricEquilibrium:
        """Solve for the inverse bids with scipy."""
        from scipy.integrate import solve_ivp  # takes a second to import

        top = (high[0] + high[1]) / 2.0
        bids = np.linspace(top / 2.0, top, points)

        def slope(b: float, f: NDArray[np.float64]) -> NDArray[np.float64]:
            return (high[0] - f) * (b - f) / (top - b) ** 2

        solved = solve_ivp(slope, (bids[0], bids[-2]), [0.0], method="Radau", t_eval=bids[:-1], rtol=1e-9, atol=1e-12)
        first = np.append(solved.y[0], top)
        second = np.append(bids[:-1] - (top - bids[:-1]) ** 2 / (bids[:-1] - first[:-1]), high[1])
        return cls(bids, (first, second))

    def bid(self, bidder: int, cost: float) -> float:
        """Bid at a given cost; a bidder that cannot win bids its cost."""
        costs = self.inverse[bidder]
        return float(np.interp(cost, costs, self.bids)) if cost < costs[-1] else max(cost, float(self.bids[-1]))

    def expected(self, high: tuple[float, float]) -> tuple[float, float]:
        """Expected price, and the probability that the first bidder wins."""
        above = [1.0 - f / h for f, h in zip(self.inverse, high, strict=True)]
        price = self.bids[0] + np.trapezoid(above[0] * above[1], self.bids)
        wins = np.trapezoid(above[1], self.inverse[0]) / high[0]
        return float(price), float(wins)

    def strategy(self, bidder: int, margin: float = 1.0) -> PricingStrategy:
        """A bidder's equilibrium strategy, with its margin over cost multiplied."""

        def markup(view: PricingView) -> float:
            cost = view.cost_ratio
            return margin * max(0.0, self.bid(bidder, cost) - cost) / cost if cost > 0.0 else 0.0

        return PricingStrategy(name="asymmetric", source="Plum 1992", markup=markup)


def _asymmetric(quick: bool) -> list[Comparison]:
    solution = AsymmetricEquilibrium.solve(SUPPORTS)
    price, wins = solution.expected(SUPPORTS)
    market = textbook_tender(SUPPORTS)
    seeds = seeds_of(quick)
    own = {n: solution.strategy(n) for n in range(2)}
    held = list(over_seeds(market, seeds, own))
    alike = AsymmetricEquilibrium.solve((1.0, 1.0))
    off = max(abs(alike.bid(0, c) - first_price_bid(c, 0.0, 1.0, 2)) for c in np.linspace(0.0, 0.99, 100))
    found = [
        Comparison("solution for two alike: largest distance from (1 + c)/2", off, 0.0, 1e-3),
        Comparison("mean price", mean([c.price for c in held]), price, MEAN_TOLERANCE * price),
        Comparison("share won by the dearer bidder", mean([float(c.winner == 0) for c in held]), wins, 0.03),
    ]
    for bidder in range(2):
        before = _profit(held, bidder)
        gains = [
            _profit(list(over_seeds(market, seeds, own | {bidder: solution.strategy(bidder, m)})), bidder) - before
            for m in DEVIATIONS
        ]
        name = f"bidder {bidder + 1}: most gained by {', '.join(f'{m:g}' for m in DEVIATIONS)} times its margin"
        found.append(Comparison(name, max(0.0, *gains), 0.0, GAIN_TOLERANCE))
    return found


def _profit(held: list[Contest], bidder: int) -> float:
    """Mean profit of a bidder per tender, divided by reference cost."""
    return mean([c.price - c.cost if c.winner == bidder else 0.0 for c in held])


ASYMMETRIC = Check(
    id="2a",
    name="asymmetric first price",
    says="two bidders, costs uniform on [0, 1] and [0, 0.6]: prices and wins are those of the equilibrium, and "
    "neither gains by another margin",
    source="Griesmer, Levitan and Shubik 1967; Plum 1992; Kaplan and Zamir 2012; solved with scipy",
    tolerance="3% for the mean price, 0.03 for the share won, 0.003 of reference cost for a gain by deviating",
    run=_asymmetric,
)
