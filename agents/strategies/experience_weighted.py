"""Experience-weighted attraction: foregone payoffs count as well as actual ones (Camerer and Ho 1999)."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING

from caremarket.agents.strategies.base import PricingStrategy, PricingView
from caremarket.agents.strategies.grid import MarkupGrid, drawn, used_to

if TYPE_CHECKING:
    from caremarket.market.parameters.learning import LearningParameters


class ExperienceWeightedLearner:
    """Attractions ``A``, experience ``N``, and the mean stake ``S`` in the ``M`` tenders remembered.

    ``N' = phi (1 - kappa) N + 1`` and ``A_j' = (phi N A_j + (delta + (1 - delta) [j taken]) payoff_j) / N'``; an option
    is drawn with probability proportional to ``exp(L A_j)``. ``phi`` is 1 - ``attraction_decay``, ``delta`` the weight
    of foregone payoffs, ``kappa`` the degree to which attractions add up instead of averaging.

    Payoffs have a unit, so with a fixed precision ``L`` a bidder with small payoffs, or with many rivals, would choose
    almost at random. Precision is therefore divided by the stake (Erev, Bereby-Meyer and Roth 1999 divide by the
    variability of payoffs) and grows with experience: ``L = lambda sqrt(8 M ln K) / S`` for ``K`` options, with
    ``M' = phi M + 1``, ``S' = (phi M S + max payoff - min payoff) / M'``. At ``lambda`` 1 and a long ``M`` this is the
    rate of exponential weights that minimises the largest possible regret over ``M`` tenders for any play of rivals
    (Freund and Schapire 1999; Cesa-Bianchi and Lugosi 2006, 2.2 and 2.3).
    """

    __slots__ = ("_delta", "_grid", "_growth", "_phi", "_sharpness", "attractions", "experience", "remembered", "stake")

    def __init__(self, parameters: LearningParameters) -> None:
        self._grid = MarkupGrid(parameters)
        self._phi = 1.0 - parameters.attraction_decay
        self._delta = parameters.foregone_weight
        self._growth = 1.0 - parameters.accumulation
        self._sharpness = parameters.attraction_sensitivity * sqrt(8.0 * log(self._grid.options))
        self.experience = parameters.initial_experience
        self.attractions = [0.0] * self._grid.options
        self.remembered = self.stake = 0.0

    @property
    def precision(self) -> float:
        """Precision of choice by attraction, per unit of payoff; zero until the first stake above zero."""
        return self._sharpness * sqrt(self.remembered) / self.stake if self.stake > 0.0 else 0.0

    def markups(self, view: PricingView) -> list[float]:
        """Margin on cost of each option except not bidding."""
        return self._grid.markups(view)

    def choose(self, view: PricingView, u: float) -> int:
        """Option drawn by the logit of attractions."""
        best, precision = max(self.attractions), self.precision
        return drawn([exp(precision * (a - best)) for a in self.attractions], u)

    def learn(self, chosen: int, payoffs: list[float]) -> None:
        """Update every attraction by its option's actual or foregone payoff, and update the mean stake."""
        before = self._phi * self.experience
        self.experience = before * self._growth + 1.0
        delta = self._delta
        self.attractions = [
            (before * a + (1.0 if n == chosen else delta) * payoff) / self.experience
            for n, (a, payoff) in enumerate(zip(self.attractions, payoffs, strict=True))
        ]
        known = self._phi * self.remembered
        self.remembered = known + 1.0
        self.stake = (known * self.stake + max(payoffs) - min(payoffs)) / self.remembered


STRATEGY = PricingStrategy(
    name="experience_weighted", source="Camerer and Ho 1999", markup=used_to, learner=ExperienceWeightedLearner
)
